package elsewhere

import "time"

func Func(name string) {}

func f() {
	Func("x")
	time.Now()
}
