package codec_test

import (
	"fmt"

	"github.com/braid-compute/braid/codec"
)

// A struct goes as CBOR, a slice of numbers as it lies in memory.
func Example() {
	type sample struct {
		Site  string
		Depth float64
	}
	enc, err := codec.Encode(nil, sample{"Kiel", 12.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := codec.Decode[sample](enc)
	fmt.Println(back, err, len(enc), "bytes")

	enc, _ = codec.Encode(nil, make([]float64, 1000))
	fmt.Println(len(enc), "bytes for 1000 numbers")
	// Output:
	// {Kiel 12.5} <nil> 36 bytes
	// 8032 bytes for 1000 numbers
}

// Check says before any work is done which field cannot travel, and what to do.
func ExampleCheck() {
	type Model struct{ Callback func() }
	type Params struct {
		Name  string
		Model Model
	}
	fmt.Println(codec.Check[Params]())
	// Output:
	// codec: Params.Model.Callback: func() cannot be encoded: code does not travel: send the data and choose the function by name where it runs, or tag the field cbor:"-" to leave it out
}

// Celsius is stored in tenths of a degree.
type Celsius float64

// A type may bring a codec of its own.
func ExampleRegister() {
	codec.Register("example/celsius", 1,
		func(dst []byte, c Celsius) ([]byte, error) { return fmt.Appendf(dst, "%.1f", float64(c)), nil },
		func(_ uint16, src []byte) (Celsius, error) {
			var c Celsius
			_, err := fmt.Sscan(string(src), &c)
			return c, err
		})
	enc, _ := codec.Encode(nil, Celsius(21.54))
	back, err := codec.Decode[Celsius](enc)
	fmt.Println(back, err)
	// Output:
	// 21.5 <nil>
}

// Nested keeps a large slice in a struct at the speed of memory.
func ExampleNested() {
	type frame struct {
		Name   string
		Pixels codec.Nested[[]float32]
	}
	enc, _ := codec.Encode(nil, frame{"first", codec.Nested[[]float32]{Value: make([]float32, 4)}})
	back, err := codec.Decode[frame](enc)
	fmt.Println(back.Name, len(back.Pixels.Value), err)
	// Output:
	// first 4 <nil>
}

func ExampleSize() {
	type column []float64
	fmt.Println(codec.Size(make(column, 1000)))
	fmt.Println(codec.Size(map[string]int{"a": 1}))
	// Output:
	// 8000 true
	// 0 false
}
