package codec

import (
	"reflect"
	"strconv"
	"strings"
)

// fieldSet collects the names under which a struct's fields are written, with
// the path of the first field of each name.
type fieldSet map[string]string

// walkStruct checks the fields of t as cbor will see them: those of embedded
// structs belong to t itself.
func (w *walker) walkStruct(t reflect.Type, path string) (bool, *UnencodableError) {
	return w.walkFields(t, path, fieldSet{})
}

func (w *walker) walkFields(t reflect.Type, path string, names fieldSet) (guarded bool, fault *UnencodableError) {
	if p := t.PkgPath(); p == "sync" || p == "sync/atomic" {
		return false, refuse(t, path, "locks and atomics belong to one process: tag the field cbor:\"-\" to leave it out, or send a plain value")
	}
	for f := range t.Fields() {
		if leftOut(f) {
			continue
		}
		g, fault := w.walkField(t, f, path+"."+f.Name, names)
		if fault != nil {
			return false, fault
		}
		guarded = guarded || g
	}
	return guarded, nil
}

func (w *walker) walkField(t reflect.Type, f reflect.StructField, path string, names fieldSet) (bool, *UnencodableError) {
	name, options, fromJSON := fieldTag(f)
	if fromJSON && f.Tag.Get("json") == "-" {
		return false, refuse(f.Type, path, "its tag json:\"-\" would leave it out: tag it cbor:\"-\" if that is meant, or cbor:%q to keep it", f.Name)
	}
	if f.Anonymous && name == "" {
		switch {
		case f.Type.Kind() == reflect.Struct:
			return w.walkFields(f.Type, path, names)
		case f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct:
			return false, refuse(f.Type, path, "an embedded pointer cannot keep the difference between nil and empty: give the field a name")
		}
	}
	if !f.IsExported() {
		return false, refuse(f.Type, path, "the field is unexported and would be lost: export it, tag it cbor:\"-\" to leave it out, or give %s a codec (codec.Register) or the methods MarshalBinary and UnmarshalBinary", rootName(t))
	}
	if name == "" {
		name = f.Name
	}
	if strings.Contains(options, ",keyasint,") {
		if _, err := strconv.Atoi(name); err != nil {
			return false, refuse(f.Type, path, "its tag asks for an integer key and %q is none: write cbor:\"1,keyasint\"", name)
		}
	}
	if first, ok := names[name]; ok {
		return false, refuse(f.Type, path, "%s is written under the same name %q and one would be lost: rename one by its cbor tag", first, name)
	}
	names[name] = path
	return w.walk(f.Type, path)
}

// leftOut is true for fields whose loss is meant or loses nothing.
func leftOut(f reflect.StructField) bool {
	return f.Name == "_" || f.Tag.Get("cbor") == "-"
}

// fieldTag returns the name and the options, between commas, that cbor reads.
func fieldTag(f reflect.StructField) (name, options string, fromJSON bool) {
	tag := f.Tag.Get("cbor")
	if tag == "" {
		tag, fromJSON = f.Tag.Get("json"), true
	}
	name, options, _ = strings.Cut(tag, ",")
	return name, "," + options + ",", fromJSON
}
