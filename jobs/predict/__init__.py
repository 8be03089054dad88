"""From new DICOM files to a score of each image, breast and exam."""
