package arrays

import (
	"encoding/binary"
	"fmt"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// The forms of what tasks of arrays are told and make, besides chunks, which are arrays.
const formVersion = 1

func init() {
	codec.Register("num/order", formVersion, encodeOrder, decodeOrder)
	registerForm[Merge]("num/merging")
	codec.Register("num/halo", formVersion, encodeHaloOrder, decodeHaloOrder)
	registerForm[TakeOrder]("num/take")
	registerForm[BlockOrder]("num/block")
	registerForm[ProductOrder]("num/product")
	registerForm[PoolOrder]("num/pool")
	registerForm[StoreOrder]("num/store")
	registerForm[CallOrder]("num/call")
	registerForm[TargetOrder]("num/target")
	codec.Register("num/partial", formVersion, encodePartial, decodePartial)
}

// registerForm gives pointers to a struct, which tasks share, the form of the struct.
func registerForm[T any](name string) {
	codec.Register(name, formVersion,
		func(dst []byte, v *T) ([]byte, error) { return codec.Encode(dst, *v) },
		func(_ uint16, src []byte) (*T, error) {
			v, err := codec.Decode[T](src)
			return &v, err
		})
}

// orderForm is an order without what is made of it.
type orderForm struct {
	Program   tile.Program
	Grid      Grid
	Numbering []int
	Inputs    []Input
	Reduction *tile.Reduction
	Finish    bool
	Pairs     bool
	Scan      *tile.Scanning
	Also      []tile.Reduction `cbor:",omitempty"`
}

func encodeOrder(dst []byte, o *Order) ([]byte, error) {
	return codec.Encode(dst, orderForm{o.Program, o.Grid, o.Numbering, o.Inputs, o.Reduction, o.Finish, o.Pairs, o.Scan, o.Also})
}

func decodeOrder(_ uint16, src []byte) (*Order, error) {
	f, err := codec.Decode[orderForm](src)
	if err != nil {
		return nil, err
	}
	return &Order{Program: f.Program, Grid: f.Grid, Numbering: f.Numbering, Inputs: f.Inputs, Reduction: f.Reduction, Finish: f.Finish, Pairs: f.Pairs, Scan: f.Scan, Also: f.Also}, nil
}

// haloForm is an order for halos without what is made of it.
type haloForm struct {
	Grid  Grid
	Halo  Halo
	DType ndarray.DType
}

func encodeHaloOrder(dst []byte, o *HaloOrder) ([]byte, error) {
	return codec.Encode(dst, haloForm{o.Grid, o.Halo, o.DType})
}

func decodeHaloOrder(_ uint16, src []byte) (*HaloOrder, error) {
	f, err := codec.Decode[haloForm](src)
	return &HaloOrder{Grid: f.Grid, Halo: f.Halo, DType: f.DType}, err
}

// A partial is each part behind its length, 8 bytes.

func encodePartial(dst []byte, p *tile.Partial) ([]byte, error) {
	for _, u := range p.Parts {
		data, err := codec.Encode(nil, u)
		if err != nil {
			return dst, err
		}
		dst = binary.LittleEndian.AppendUint64(dst, uint64(len(data)))
		dst = append(dst, data...)
	}
	return dst, nil
}

func decodePartial(_ uint16, src []byte) (*tile.Partial, error) {
	p := &tile.Partial{}
	for len(src) > 0 {
		if len(src) < 8 || binary.LittleEndian.Uint64(src) > uint64(len(src)-8) {
			return nil, fmt.Errorf("%w: a partial result is cut short", codec.ErrFormat)
		}
		n := binary.LittleEndian.Uint64(src)
		u, err := codec.Decode[ndarray.Untyped](src[8 : 8+n])
		if err != nil {
			return nil, err
		}
		p.Parts = append(p.Parts, u)
		src = src[8+n:]
	}
	return p, nil
}
