// The system's libsnappy through its C interface, as a Swift module.
#include <snappy-c.h>
