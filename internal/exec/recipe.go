package exec

import (
	"errors"
	"reflect"

	"github.com/braid-compute/braid/graph"
)

// recipe is what is kept of a run that is over, so that a result of it whose file is damaged can be made again: its graph with the
// values in it, and by its externals the runs before it. Only what nobody can have changed since is kept: users may use the memory of
// their arguments again as soon as the results are there.
type recipe struct{ g *graph.Graph }

const (
	// recipeShare is the part of the bytes that a run has in the store up to which what it was made from is kept as well. Keeping
	// more would take the memory that the store saves.
	recipeShare = 16
	leastRecipe = 16 << 10 // bytes that may be kept in any case
	maxFrozen   = 16 << 20 // bytes of a column that are copied when a run begins
	// maxRecipes bounds how many runs, of which each takes results of the one before, are kept by the last.
	maxRecipes = 256
)

// Why a result is not made again.
var (
	errNoRecipe = errors.New("it is not made again because not all that it was made from is kept when its submission is over: arguments are if they are numbers, strings, or structs and arrays of these, and take less than a sixteenth of what the results do")
	errImpure   = errors.New("it is not made again because a call behind it is Impure, which may return something else the next time")
	errGang     = errors.New("it is not made again because it needs a task of a gang")
	errOutside  = errors.New("it is not made again because it was not made by a task of this process")
)

// freeze returns the graph with copies of the columns that their owners may change when the results are there.
func (r *Run) freeze(g *graph.Graph) *graph.Graph {
	if !r.x.config.Remake || r.x.store == nil || !r.sized {
		return g
	}
	copies := make(map[uint32]graph.Column)
	for n := range uint32(g.Literals()) {
		if c, ok := g.Literal(n).Live.(graph.Freezer); ok {
			if c := c.Freeze(maxFrozen); c != nil {
				copies[n] = c
			}
		}
	}
	if len(copies) == 0 {
		return g
	}
	n := uint32(0)
	frozen, err := g.Bind(graph.Binding{Literal: func(l graph.Literal) any { // in their order
		n++
		if c := copies[n-1]; c != nil {
			return c
		}
		return l.Live
	}})
	if err != nil {
		return g
	}
	return frozen
}

// keepRecipe decides at the end of a run whether results of it could be made again.
func (r *Run) keepRecipe(g *graph.Graph) {
	bytes := r.stored.Load()
	if bytes == 0 || !r.x.config.Remake || r.promise != nil || r.depth < 0 {
		return
	}
	left := max(bytes/recipeShare, leastRecipe) - g.Bytes()
	seen := make(map[*Run]bool, 1)
	for _, e := range g.Externals() {
		if from := e.Live.(Source); !seen[from] {
			seen[from] = true
			left -= min(int64(from.tasks), int64(len(from.pages))<<pageBits) * int64(reflect.TypeFor[task]().Size())
		}
	}
	for n := 0; n < g.Literals() && left >= 0; n++ {
		left -= literalBytes(g.Literal(uint32(n)), left)
	}
	if left >= 0 {
		r.recipe.Store(&recipe{g})
	}
}

// deepen notes how many runs are behind this one.
func (r *Run) deepen() {
	for k := range r.exts {
		r.depth = max(r.depth, r.exts[k].run.depth+1)
	}
	if r.depth == maxRecipes {
		r.depth = -1
	}
}

// literalBytes returns about how many bytes a literal keeps in memory, or more than enough if somebody may have changed it.
func literalBytes(l graph.Literal, enough int64) int64 {
	switch f, frozen := l.Live.(graph.Frozen); {
	case frozen:
		return f.FrozenSize()
	case l.Live == nil || Plain(reflect.TypeOf(l.Live)):
		return PlainSize(l.Live)
	}
	return enough + 1
}

// Plain reports whether who has a value of a type has all of it: numbers, strings, and structs and arrays of these.
func Plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.String:
		return true
	case reflect.Array:
		return Plain(t.Elem())
	case reflect.Struct:
		for k := range t.NumField() {
			if !Plain(t.Field(k).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// PlainSize returns the bytes of a value of a plain type.
func PlainSize(v any) int64 {
	if v == nil {
		return 0
	}
	r := reflect.ValueOf(v)
	return int64(r.Type().Size()) + textBytes(r)
}

// textBytes returns the bytes of the strings in a value of a plain type.
func textBytes(v reflect.Value) (n int64) {
	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Array:
		if k := v.Type().Elem().Kind(); k == reflect.String || k == reflect.Array || k == reflect.Struct {
			for k := range v.Len() {
				n += textBytes(v.Index(k))
			}
		}
	case reflect.Struct:
		for k := range v.NumField() {
			n += textBytes(v.Field(k))
		}
	}
	return n
}
