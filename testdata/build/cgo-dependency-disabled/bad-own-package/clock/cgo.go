package clock

// #include <time.h>
import "C" // expect(label): cgo-dependency-disabled

func Ticks() int { return int(C.clock()) }
