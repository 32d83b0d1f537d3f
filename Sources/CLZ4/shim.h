// The system's liblz4, as a Swift module.
#include <lz4.h>
