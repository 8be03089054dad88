"""The files that defects are put into."""

PREPARE, TRAIN_FOLD, MORE = "prepare.yaml", "train-fold.yaml", "more.yaml"
EMBED, STUDY = "embed.yaml", "study-config.yaml"
