package graph

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/fxamacker/cbor/v2"
)

// The small tables travel as CBOR arrays, one an entry. Every field is always present, so that a form has one length
// and a byte of input cannot claim much memory.

type opForm struct {
	_         struct{} `cbor:",toarray"`
	Name      string
	Signature string
	Code      []byte // 32 bytes, or none for the zero code id
	Outputs   uint16
}

func formOfOp(op Op) opForm {
	f := opForm{Name: op.Name, Signature: op.Signature, Outputs: op.Outputs}
	if op.Code != (CodeID{}) {
		f.Code = op.Code[:]
	}
	return f
}

func (f opForm) value() Op {
	op := Op{Name: f.Name, Signature: f.Signature, Outputs: f.Outputs}
	copy(op.Code[:], f.Code)
	return op
}

type traitsForm struct {
	_        struct{} `cbor:",toarray"`
	Lifetime Lifetime
	Impure   bool
	Isolated bool
	Worker   string
	CPU      uint32
	Memory   int64
	GPU      uint32
	Named    []namedForm
	Seconds  float64
	Bytes    int64
	Files    []string
	Retries  uint16
	Limit    int64
	Priority int32
}

type namedForm struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	Amount uint32
}

func formOfTraits(t Traits) traitsForm {
	f := traitsForm{
		Lifetime: t.Lifetime, Impure: t.Impure, Isolated: t.Isolated, Worker: t.Worker,
		CPU: t.Needs.CPU, Memory: t.Needs.Memory, GPU: t.Needs.GPU,
		Seconds: t.Hints.Seconds, Bytes: t.Hints.Bytes, Files: t.Hints.Files,
		Retries: t.Retries, Limit: t.Limit, Priority: t.Priority,
	}
	for _, n := range t.Needs.Named {
		f.Named = append(f.Named, namedForm{Name: n.Name, Amount: n.Amount})
	}
	return f
}

func (f traitsForm) value() Traits {
	t := Traits{
		Lifetime: f.Lifetime, Impure: f.Impure, Isolated: f.Isolated, Worker: f.Worker,
		Needs:   Needs{CPU: f.CPU, Memory: f.Memory, GPU: f.GPU},
		Hints:   Hints{Seconds: f.Seconds, Bytes: f.Bytes},
		Retries: f.Retries, Limit: f.Limit, Priority: f.Priority,
	}
	t.Hints.Files = append(t.Hints.Files, f.Files...) // none stays nil
	for _, n := range f.Named {
		t.Needs.Named = append(t.Needs.Named, Named{Name: n.Name, Amount: n.Amount})
	}
	return t
}

type siteForm struct {
	_    struct{} `cbor:",toarray"`
	File string
	Line int
}

func formOfSite(s Site) siteForm {
	s = s.Resolve()
	return siteForm{File: s.File, Line: s.Line}
}

func (f siteForm) value() Site { return Site{File: f.File, Line: f.Line} }

type programForm struct {
	_     struct{} `cbor:",toarray"`
	Steps []stepForm
}

type stepForm struct {
	_      struct{} `cbor:",toarray"`
	Call   uint32
	Inputs []int32
}

func formOfProgram(p Program) programForm {
	f := programForm{Steps: make([]stepForm, len(p.Steps))}
	for n, s := range p.Steps {
		f.Steps[n] = stepForm{Call: s.Call, Inputs: s.Inputs}
	}
	return f
}

func (f programForm) value() Program {
	p := Program{Steps: make([]Step, len(f.Steps))}
	for n, s := range f.Steps {
		p.Steps[n] = Step{Call: s.Call, Inputs: s.Inputs}
	}
	return p
}

// writing is the core deterministic form of RFC 8949, section 4.2.
var writing = func() cbor.EncMode {
	o := cbor.CoreDetEncOptions()
	o.NilContainers = cbor.NilContainerAsEmpty
	m, err := o.EncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// reading takes text that is no UTF-8: file systems have such names.
var reading = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8DecodeInvalid,
		MaxArrayElements: math.MaxInt32, MaxNestedLevels: 8,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// appendTable writes a table as a count and a CBOR sequence.
func appendTable[T, F any](e *encoder, table []T, formOf func(T) F) error {
	e.u32(uint32(len(table)))
	for _, v := range table {
		data, err := writing.Marshal(formOf(v))
		if err != nil {
			return err
		}
		e.buf = append(e.buf, data...)
	}
	return nil
}

// readTable reads a table, entry after entry, so that memory grows with what has been read and not with what is
// claimed. An entry must be as appendTable would write it.
func readTable[T any, F interface{ value() T }](d *decoder, formOf func(T) F) (table []T, err error) {
	n := d.many(1)
	rest := d.take(d.end - d.pos)
	for k := range n {
		var f F
		next, err := reading.UnmarshalFirst(rest, &f)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", k, err)
		}
		v := f.value()
		again, err := writing.Marshal(formOf(v))
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", k, err)
		}
		if !bytes.Equal(again, rest[:len(rest)-len(next)]) {
			return nil, fmt.Errorf("entry %d is not in canonical form", k)
		}
		table, rest = append(table, v), next
	}
	if len(rest) > 0 {
		return nil, errors.New("bytes are left over behind the last entry")
	}
	return table, nil
}
