"""What a study will take, told before it runs: images and views, disk, time."""
