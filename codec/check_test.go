package codec_test

import (
	"encoding"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/braid-compute/braid/codec"
)

type params struct {
	Name  string
	Model struct{ Callback func() }
}

type selfNested struct{ Kids []codec.Nested[selfNested] }

type half struct{ N int }

func (half) MarshalBinary() ([]byte, error) { return nil, nil }

type stamped struct {
	time.Time
	Label string
}

type onlyTime struct{ time.Time }

type withLock struct {
	sync.Mutex
	N int
}

type quietLock struct {
	mu sync.Mutex `cbor:"-"` //lint:ignore U1000 a field that is left out on purpose
	N  int
}

type twin struct {
	A int `cbor:"x"`
	B int `cbor:"x"`
}

type shadow struct {
	base
	ID string
}

func TestCheckNamesTheFieldAndWhatToDo(t *testing.T) {
	cases := []struct {
		err  error
		path string // empty: encodable
		hint string
	}{
		{codec.Check[params](), "params.Model.Callback: func()", "by name"},
		{codec.Check[map[string][]chan int](), "map[string][]chan int[value][]: chan int", "send the values"},
		{codec.Check[struct{ P unsafe.Pointer }](), ".P: unsafe.Pointer", "what it points to"},
		{codec.Check[uintptr](), "uintptr: uintptr", "use uint64"},
		{codec.Check[[]uintptr](), "[]uintptr[]", "use uint64"},
		{codec.Check[struct{ Z complex128 }](), ".Z: complex128", "codec.Nested[complex128]"},
		{codec.Check[struct{ V any }](), ".V: interface {}", "codec.Nested"},
		{codec.Check[any](), "interface {}", "codec.For(reflect.TypeOf(v))"},
		{codec.Check[struct{ E encoding.BinaryMarshaler }](), ".E: encoding.BinaryMarshaler", "concrete type"},
		{codec.Check[struct{ n int }](), ".n: int", `cbor:"-"`},
		{codec.Check[sync.Mutex](), "Mutex", "locks"},
		{codec.Check[withLock](), "withLock.Mutex", "locks"},
		{codec.Check[struct{ N atomic.Int64 }](), ".N: atomic.Int64", "locks"},
		{codec.Check[strings.Builder](), "Builder.addr", "unexported"},
		{codec.Check[struct {
			N int `json:"-"`
		}](), ".N: int", `cbor:"-" if that is meant`},
		{codec.Check[struct {
			N int `cbor:"n,keyasint"`
		}](), ".N: int", "keyasint"},
		{codec.Check[twin](), "twin.B: int", "twin.A"},
		{codec.Check[shadow](), "shadow.ID: string", "shadow.base.ID"},
		{codec.Check[struct{ *params }](), ".params", "give the field a name"},
		{codec.Check[half](), "half", "UnmarshalBinary"},
		{codec.Check[stamped](), "stamped", "embedded field Time"},
		{codec.Check[**int](), "**int", "drop the pointer"},
		{codec.Check[struct{ S *[]int }](), ".S: *[]int", "drop the pointer"},
		{codec.Check[map[*int]int](), "[key]: *int", "address"},
		{codec.Check[map[[2]time.Time]int](), "[key]: time.Time", "UnixNano"},
		{codec.Check[map[struct{ P *int }]int](), "[key]: *int", "address"},
		{codec.Check[map[any]int](), "[key]: interface {}", "concrete"},
		{codec.Check[selfNested](), "selfNested.Kids[].Value", "no bound"},
		{codec.Check[codec.Nested[any]](), "Value: interface {}", "register"},
		{codec.Check[func()](), "func()", "code does not travel"},
		{codec.Check[[]polygon](), "[]codec_test.polygon[]: codec_test.polygon", "codec.Nested["},
		{codec.Check[[2]grade](), "[2]codec_test.grade[]: codec_test.grade", "codec.Nested["},

		{err: codec.Check[quietLock]()},
		{err: codec.Check[onlyTime]()},
		{err: codec.Check[model]()},
		{err: codec.Check[*tree]()},
		{err: codec.Check[ring]()},
		{err: codec.Check[*time.Time]()},
		{err: codec.Check[struct{ Z codec.Nested[[]complex128] }]()},
		{err: codec.Check[[]struct {
			_ [4]byte
			N int
		}]()},
	}
	for _, c := range cases {
		var bad *codec.UnencodableError
		switch {
		case c.path == "" && c.err != nil:
			t.Errorf("refused: %v", c.err)
		case c.path == "":
		case !errors.As(c.err, &bad):
			t.Errorf("%s: got %v", c.path, c.err)
		case !strings.Contains(c.err.Error(), c.path) || !strings.Contains(c.err.Error(), c.hint):
			t.Errorf("%v\n\tlacks %q or %q", c.err, c.path, c.hint)
		default:
			t.Log(c.err)
		}
	}
}
