package codec

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// registry holds the users' own codecs.
var registry struct {
	sync.Mutex
	byType map[reflect.Type]*ownBody
	byName map[string]*ownBody
}

// ownBody is one registered codec, without the type parameter.
type ownBody struct {
	name    string
	version uint16
	typ     reflect.Type
	place   string // file:line of the registration
	enc     func(dst []byte, v reflect.Value) ([]byte, error)
	dec     func(version uint16, src []byte, v reflect.Value) error
	adopt   func(version uint16, src []byte) (any, error) // nil: it has none
}

func (o *ownBody) encode(dst []byte, v reflect.Value) ([]byte, error) { return o.enc(dst, v) }

func (o *ownBody) decode(version uint16, src []byte, v reflect.Value) error {
	return o.dec(version, src, v)
}

// Register gives type T, which may be an interface type, a codec of its own.
// Call it from a package variable or an init function, so that every process of
// a run has it.
//
// name is namespaced, such as "geo/polygon": two or more parts of lower-case
// letters, digits, '-' or '_', joined by slashes, at most 255 bytes. Each
// encoding carries name and version, which counts from 1 to 65535. encode
// appends to dst, keeping what dst holds. decode is given a version from 1 to
// the registered one and exactly the bytes that encode appended; it must not
// keep src, and must refuse what it does not understand.
//
// Register panics if the name is not of that form, if version is 0, if a
// function is nil, or if the name or the type already has a codec; the message
// then names both places.
func Register[T any](name string, version uint16, encode func(dst []byte, v T) ([]byte, error), decode func(version uint16, src []byte) (T, error)) {
	t := reflect.TypeFor[T]()
	place := "unknown place"
	if _, file, line, ok := runtime.Caller(1); ok {
		place = fmt.Sprintf("%s:%d", file, line)
	}
	if !validName(name) {
		panic(fmt.Sprintf("codec: Register(%q) at %s: the name must be two or more parts of a-z, 0-9, '-' or '_', joined by '/', such as \"geo/polygon\", at most 255 bytes, and not %q", name, place, nameRaw))
	}
	if version == 0 || encode == nil || decode == nil {
		panic(fmt.Sprintf("codec: Register(%q) at %s: the version counts from 1 and both functions are needed", name, place))
	}
	add(&ownBody{
		name, version, t, place,
		func(dst []byte, v reflect.Value) ([]byte, error) {
			if v.CanAddr() {
				return encode(dst, *v.Addr().Interface().(*T))
			}
			return encode(dst, v.Interface().(T))
		},
		func(version uint16, src []byte, v reflect.Value) error {
			x, err := decode(version, src)
			if err == nil {
				*v.Addr().Interface().(*T) = x
			}
			return err
		},
		nil,
	})
}

// RegisterAdopter gives the codec that T has been given by [Register] a second
// decode, for callers who give away the bytes: the value that it returns may be
// in the memory of src, which does not change any more. It must refuse what
// decode refuses. It panics if T has no codec.
func RegisterAdopter[T any](adopt func(version uint16, src []byte) (T, error)) {
	registry.Lock()
	defer registry.Unlock()
	o := registry.byType[reflect.TypeFor[T]()]
	if o == nil {
		panic(fmt.Sprintf("codec: RegisterAdopter of %v, which has no codec of its own: call Register before", reflect.TypeFor[T]()))
	}
	o.adopt = func(version uint16, src []byte) (any, error) { return adopt(version, src) }
}

// add enters o and forgets every codec chosen so far: a type that contains
// o.typ may have been refused without it.
func add(o *ownBody) {
	registry.Lock()
	defer registry.Unlock()
	if old := registry.byName[o.name]; old != nil {
		panic(fmt.Sprintf("codec: the name %q is registered twice: for %v at %s and for %v at %s", o.name, old.typ, old.place, o.typ, o.place))
	}
	if old := registry.byType[o.typ]; old != nil {
		panic(fmt.Sprintf("codec: the type %v has two codecs: %q registered at %s and %q at %s", o.typ, old.name, old.place, o.name, o.place))
	}
	if registry.byName == nil {
		registry.byName, registry.byType = map[string]*ownBody{}, map[reflect.Type]*ownBody{}
	}
	registry.byName[o.name], registry.byType[o.typ] = o, o
	codecs.Clear()
}

func validName(name string) bool {
	if len(name) > 255 || name == nameRaw {
		return false
	}
	parts := strings.Split(name, "/")
	for _, p := range parts {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return len(parts) >= 2
}

func isRegistered(name string) bool {
	registry.Lock()
	defer registry.Unlock()
	return registry.byName[name] != nil
}

// registeredNames lists the users' codecs for an error message.
func registeredNames() string {
	registry.Lock()
	defer registry.Unlock()
	names := slices.Collect(maps.Keys(registry.byName))
	slices.Sort(names)
	return cmp.Or(strings.Join(names, ", "), "none")
}
