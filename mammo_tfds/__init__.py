"""INbreast as a TensorFlow Datasets builder, and a synthetic release for all who have not got it.

After `import mammo_tfds` both `tfds.load("inbreast", ...)` and `tfds.data_source("inbreast", ...)`
work.
"""

from mammo_tfds.inbreast.registration import register

register()
