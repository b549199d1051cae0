package braid

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/ndarray"
)

// figure is an interface type with its own codec; what is behind it has none.
type figure interface{ area() uint32 }

type tile uint32

func (t tile) area() uint32 { return uint32(t) * uint32(t) }

func init() {
	codec.Register("braid-test/figure", 1,
		func(dst []byte, f figure) ([]byte, error) {
			t, ok := f.(tile)
			if !ok {
				return dst, errors.New("it is no tile")
			}
			return binary.LittleEndian.AppendUint32(dst, uint32(t)), nil
		},
		func(_ uint16, src []byte) (figure, error) {
			if len(src) != 4 {
				return nil, codec.ErrFormat
			}
			return tile(binary.LittleEndian.Uint32(src)), nil
		})
}

var (
	floorOf = Func("border/floor", func(_ context.Context, n int) (figure, error) {
		if n == 0 {
			return nil, nil
		}
		return tile(n), nil
	})
	areaOf = Func("border/area", func(_ context.Context, f figure) (int, error) {
		if f == nil {
			return 0, nil
		}
		return int(f.area()), nil
	})
	onesOf = Func("border/ones", func(_ context.Context, n int) (ndarray.Untyped, error) { return ndarray.Full(2.0, n), nil })
	sizeOf = Func("border/size", func(_ context.Context, u ndarray.Untyped) (int, error) { return u.Size(), nil })
)

// Values of interface types cross by the codec of the interface, or by that of the type that they have.
func TestInterfacesCrossTheBorder(t *testing.T) {
	if got := cross[figure](t, tile(3)); got != tile(3) {
		t.Errorf("an interface: %v", got)
	}
	if got := cross[figure](t, nil); got != nil {
		t.Errorf("nil: %v", got)
	}
	if got := cross[ndarray.Untyped](t, ndarray.Full(2.0, 3)); got.Size() != 3 {
		t.Errorf("an array: %v", got)
	}
	for name, o := range map[string]Options{"in process": {Slots: 1}, "processes": {Processes: 1, Slots: 1}} {
		t.Run(name, func(t *testing.T) {
			if o.Processes > 0 && testing.Short() {
				t.Skip("it starts processes")
			}
			c, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var zero, nine, size, given, scattered int
			array := ndarray.Untyped(ndarray.Full(1.0, 5))
			err = Compute(t.Context(), c, areaOf.Call(floorOf.Call(V(0))).Into(&zero), areaOf.Call(floorOf.Call(V(3))).Into(&nine),
				sizeOf.Call(onesOf.Call(V(4))).Into(&size), sizeOf.Call(V(array)).Into(&given),
				sizeOf.Call(Scatter(t.Context(), c, array)).Into(&scattered))
			if err != nil || zero != 0 || nine != 9 || size != 4 || given != 5 || scattered != 5 {
				t.Errorf("%d, %d, %d, %d, %d, %v", zero, nine, size, given, scattered, err)
			}
			if u, err := Submit(t.Context(), c, onesOf.Call(V(2))).Get(t.Context()); err != nil || u.Size() != 2 {
				t.Errorf("%v, %v", u, err)
			}
			if f, err := Submit(t.Context(), c, floorOf.Call(V(2))).Get(t.Context()); err != nil || f != tile(2) {
				t.Errorf("%v, %v", f, err)
			}
		})
	}
}
