package main

import (
	"bytes"
	"fmt"
	"go/format"
	"slices"
	"strings"
)

// A table lists the functions in assembly by instruction set, form, operation and
// type.
type table struct {
	entries     []entry
	conversions []entry // with the type of the source for the operation
}

type entry struct {
	isa, form, op, typ, function string
}

// forms are the fields of the type kernels.
var forms = []string{"unary", "binary", "scalar", "compare", "compareScalar", "where", "accumulate", "extreme", "panel"}

// called are the forms whose functions are called by name and not from a table,
// so that what they point at need not be on the heap.
var called = []string{"accumulate", "extreme", "panel"}

func (t *table) add(i isa, form, op, typ, function string) {
	if !slices.Contains(forms, form) {
		panic("no form " + form)
	}
	t.entries = append(t.entries, entry{i.suffix(), form, op, typ, function + i.suffix()})
}

func (t *table) addConversion(i isa, from, to, function string) {
	t.conversions = append(t.conversions, entry{isa: i.suffix(), op: from, typ: to, function: function + i.suffix()})
}

// source prints the table as Go.
func (t *table) source() ([]byte, error) {
	var w bytes.Buffer
	w.WriteString(header + "//go:build amd64 && !purego\n\npackage vector\n\nimport \"unsafe\"\n")
	for _, isa := range []string{"AVX2", "AVX512"} {
		fmt.Fprintf(&w, "\n// kernels%s are the functions in assembly with %[1]s.\nvar kernels%[1]s = kernels{\n", isa)
		for _, form := range forms {
			if !slices.Contains(called, form) {
				t.form(&w, isa, form)
			}
		}
		w.WriteString("convert: [kinds][kinds]kernel1{\n")
		for _, from := range elements {
			fmt.Fprintf(&w, "kind%s: {\n", from.name)
			for _, e := range t.conversions {
				if e.isa == isa && e.op == from.name {
					fmt.Fprintf(&w, "kind%s: %s,\n", e.typ, e.function)
				}
			}
			w.WriteString("},\n")
		}
		w.WriteString("},\n}\n")
		for _, form := range called {
			t.call(&w, isa, form)
		}
	}
	return format.Source(w.Bytes())
}

func (t *table) form(w *bytes.Buffer, isa, form string) {
	var ops []string
	byOp := map[string][]entry{}
	for _, e := range t.entries {
		if e.isa != isa || e.form != form {
			continue
		}
		if byOp[e.op] == nil {
			ops = append(ops, e.op)
		}
		byOp[e.op] = append(byOp[e.op], e)
	}
	if ops == nil {
		return
	}
	table := fmt.Sprintf("kernelTable%d", arity(form))
	if form == "scalar" || form == "compareScalar" {
		table = "kernelTableScalar"
	}
	fmt.Fprintf(w, "%s: %s{\n", form, table)
	for _, op := range ops {
		fmt.Fprintf(w, "op%s: {\n", op)
		for _, e := range byOp[op] {
			fmt.Fprintf(w, "kind%s: %s,\n", e.typ, e.function)
		}
		w.WriteString("},\n")
	}
	w.WriteString("},\n")
}

// call prints a function that calls those of a form.
func (t *table) call(w *bytes.Buffer, isa, form string) {
	params := []string{"dst", "x", "y", "z"}[:arity(form)+1]
	fmt.Fprintf(w, "\n// %s%s calls the kernel for an operation and a type, if there is one.\n", form, isa)
	fmt.Fprintf(w, "func %s%s(o op, k kind, %s unsafe.Pointer, n int) (done int) {\nswitch {\n", form, isa, strings.Join(params, ", "))
	for _, e := range t.entries {
		if e.isa == isa && e.form == form {
			fmt.Fprintf(w, "case o == op%s && k == kind%s:\nreturn %s(%s, n)\n", e.op, e.typ, e.function, strings.Join(params, ", "))
		}
	}
	w.WriteString("}\nreturn 0\n}\n")
}

// arity is the number of pointers behind that of the result.
func arity(form string) int {
	switch form {
	case "unary", "extreme":
		return 1
	case "accumulate", "where":
		return 3
	}
	return 2
}

// trigTable prints the bits of 2/π.
func trigTable() ([]byte, error) {
	var w bytes.Buffer
	w.WriteString(header + "package vector\n\n// twoOverPi holds the bits of 2/π, the highest first; the binary point is behind the first word.\nvar twoOverPi = [...]uint64{\n0,\n")
	for _, bits := range twoOverPi {
		fmt.Fprintf(&w, "%#016x,\n", bits)
	}
	fmt.Fprintf(&w, "}\n\n// π/2 in parts that add up to it.\nconst (\nhalfPiHigh = %x\nhalfPiMiddle = %x\n)\n", halfPiHigh, halfPiMiddle)
	return format.Source(w.Bytes())
}
