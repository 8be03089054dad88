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
# The 18 processes of JPEG; all but four are retired, but stay in archives.
_JPEG = tuple(UID(f"1.2.840.10008.1.2.4.{number}") for number in (*range(50, 67), 70))
_JPEG_LOSSLESS = tuple(UID(f"1.2.840.10008.1.2.4.{number}") for number in (57, 58, 65, 66, 70))
# Codec -> the transfer syntaxes that stand for it.
COMPRESSED = {
    "JPEG": _JPEG,
    "JPEG-LS": (JPEGLSLossless, JPEGLSNearLossless),
    "JPEG 2000": (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K),
    "RLE": (RLELossless,),
}
SYNTAXES = (*NATIVE, *(syntax for family in COMPRESSED.values() for syntax in family))
LOSSLESS = (
    *_JPEG_LOSSLESS,
    *(JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, HTJ2KLosslessRPCL, RLELossless),
)
