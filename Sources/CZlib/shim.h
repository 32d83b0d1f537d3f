// The system's zlib, as a Swift module.
#include <zlib.h>
