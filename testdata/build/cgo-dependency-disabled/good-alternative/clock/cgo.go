package clock

// #include <time.h>
import "C"

func Ticks() int { return int(C.clock()) }
