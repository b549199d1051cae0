package codec

import "reflect"

// methodPair is a way a type may encode itself.
type methodPair struct {
	marshaler, unmarshaler     reflect.Type
	marshalName, unmarshalName string
}

// methodPairs are in the order in which cbor looks for them.
var methodPairs = []methodPair{
	{cborMarshaler, cborUnmarshaler, "MarshalCBOR", "UnmarshalCBOR"},
	{binaryMarshaler, binaryUnmarshaler, "MarshalBinary", "UnmarshalBinary"},
}

// hasMethods reports whether t has any method by which cbor would encode or
// decode it, be the pair complete or not.
func hasMethods(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	for _, m := range methodPairs {
		if p.Implements(m.marshaler) || p.Implements(m.unmarshaler) {
			return true
		}
	}
	return false
}

// ownsEncoding reports whether cbor leaves t to t's own methods.
func ownsEncoding(t reflect.Type) bool {
	if _, nested := nestedIn(t); nested {
		return true // each Nested value has a guard of its own
	}
	return t != timeType && t.Kind() != reflect.Pointer && hasMethods(t)
}

// checkMethods accepts t if the methods that cbor will call form a pair and
// see all of t.
func checkMethods(t reflect.Type, path string) *UnencodableError {
	p := reflect.PointerTo(t)
	for _, m := range methodPairs {
		out, in := p.Implements(m.marshaler), p.Implements(m.unmarshaler)
		switch {
		case out && !in:
			return refuse(t, path, "it has %s but no %s: add it, or give the type a codec (codec.Register)", m.marshalName, m.unmarshalName)
		case in && !out:
			return refuse(t, path, "it has %s but no %s: add it, or give the type a codec (codec.Register)", m.unmarshalName, m.marshalName)
		case out:
			return checkPromotion(t, m, path)
		}
	}
	return nil
}

// checkPromotion refuses a struct whose pair comes from an embedded field, and
// which has other fields, because these would be lost. Reflection cannot tell a
// promoted method from the struct's own of the same name, so both are refused;
// naming the embedded field resolves either.
func checkPromotion(t reflect.Type, m methodPair, path string) *UnencodableError {
	if t.Kind() != reflect.Struct {
		return nil
	}
	fields, embedded := 0, ""
	for f := range t.Fields() {
		if f.Name == "_" {
			continue
		}
		fields++
		p := f.Type
		if p.Kind() != reflect.Pointer && p.Kind() != reflect.Interface {
			p = reflect.PointerTo(p)
		}
		if f.Anonymous && (p.Implements(m.marshaler) || p.Implements(m.unmarshaler)) {
			embedded = f.Name
		}
	}
	if embedded != "" && fields > 1 {
		return refuse(t, path, "%s is promoted from the embedded field %s and would leave the other fields out: give that field a name, or give the type a codec (codec.Register)", m.marshalName, embedded)
	}
	return nil
}
