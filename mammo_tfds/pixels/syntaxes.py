"""The transfer syntaxes that are read, PS3.5 annex A and PS3.6 table A-1."""

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

NATIVE = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
_JPEG_LOSSLESS = tuple(UID(f"1.2.840.10008.1.2.4.{process}") for process in (57, 58, 65, 66))
_JPEG_LOSSY = tuple(UID(f"1.2.840.10008.1.2.4.{process}") for process in (*range(50, 57), *range(59, 65)))
# Codec -> the transfer syntaxes that stand for it.
COMPRESSED = {
    "JPEG": (*_JPEG_LOSSY, *_JPEG_LOSSLESS, JPEGLosslessSV1),
    "JPEG-LS": (JPEGLSLossless, JPEGLSNearLossless),
    "JPEG 2000": (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K),
    "RLE": (RLELossless,),
}
SYNTAXES = (*NATIVE, *(syntax for family in COMPRESSED.values() for syntax in family))
LOSSLESS = (
    *(*NATIVE, *_JPEG_LOSSLESS, JPEGLosslessSV1, JPEGLSLossless),
    *(JPEG2000Lossless, HTJ2KLossless, HTJ2KLosslessRPCL, RLELossless),
)
