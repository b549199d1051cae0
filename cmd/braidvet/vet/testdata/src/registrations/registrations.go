package registrations

import (
	"context"

	"github.com/braid-compute/braid"
)

func square(_ context.Context, n int) (int, error)    { return n * n, nil }
func add(_ context.Context, a, b int) (int, error)    { return a + b, nil }
func sum(_ context.Context, a, b, c int) (int, error) { return a + b + c, nil }
func length(_ context.Context, v braid.View[int]) (int, error) {
	return 0, nil
}

type bag struct{}

func (bag) Logical() {}

var a = braid.Func("a", square)

var (
	b, c = braid.Func2("b", add), braid.Func3("c", sum)
	d    = struct{ f any }{braid.FuncView("d", length)}
	e    = func() *braid.Func1[int, int] { return braid.Func[int, int]("e", square) }()
	f    *braid.Func1[int, int]
	late = func() any {
		return braid.Func("late", square) // want `braid.Func is called outside of package variables: worker processes do not run this line`
	}
)

func init() { f = braid.Func("f", square) }

func main() {
	braid.Func("g", square)               // want `braid.Func is called outside`
	_ = braid.Func2("h", add)             // want `braid.Func2 is called outside`
	go func() { braid.Func3("i", sum) }() // want `braid.Func3 is called outside`
	local := braid.FuncView("j", length)  // want `braid.FuncView is called outside`
	_ = local
	_ = braid.Plan("k", func(int) bag { return bag{} }) // want `braid.Plan is called outside`
	braid.Func("l", square)                             //braidvet:ignore one process is enough here
	braid.Func("m", square)                             /* want `braid.Func is called outside` */ //braidvet:ignore
}

type method struct{}

func (method) init() {
	braid.Func("n", square) // want `braid.Func is called outside`
}
