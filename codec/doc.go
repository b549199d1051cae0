// Package codec turns Go values into bytes and back.
//
// braid keeps values as they are inside one process. A value becomes bytes
// only when it crosses a border: to another process, to a file, or into a hash.
// This package decides how, from the Go type alone, and refuses types that
// would not come back as they went.
//
// # Which encoding
//
//   - A type with a codec of its own ([Register]) uses it.
//   - Booleans, fixed-size integers, floats and complex numbers, arrays of
//     them, slices of either, and strings use raw/le: the elements in
//     little-endian order behind a 32-byte header. On a little-endian host
//     that is one memory copy.
//   - Everything else uses cbor (RFC 8949): structs, maps, pointers, nested
//     slices, time.Time, big.Int, and types with the method pair MarshalCBOR
//     and UnmarshalCBOR or MarshalBinary and UnmarshalBinary. A named number,
//     string or slice that has such a pair uses it too, in place of raw/le.
//
// The choice is made once per type and cached. [Nested] carries a field inside
// a struct in the encoding that the field's type would have alone: memory speed
// for a large slice, or the user's own codec.
//
// # Nothing is lost silently
//
// [Check] says whether a type can be encoded, and names the field if not.
// Refused are functions, channels, uintptr and unsafe.Pointer; interface types
// without a codec; complex numbers inside a cbor value; locks and atomics;
// unexported fields, and fields tagged json:"-", unless tagged cbor:"-", which
// says that leaving them out is meant; fields hidden by another of the same
// name; embedded pointers; pointers to pointers, slices or maps, whose two ways
// of being nil are one in CBOR; pointers and times inside map keys; a method
// pair of which one half is missing, or which was promoted from an embedded
// field and so does not see the other fields. Field names are those of the
// cbor tag, or of the json tag when there is none.
//
// # What comes back
//
//   - Numbers are exact: integers are range-checked, floats keep ±0, ±Inf and
//     the bits of a NaN. One exception: a signalling float32 NaN inside cbor
//     comes back quiet, because Go's conversion between float sizes sets that bit.
//   - A nil slice or map stays nil and an empty one stays empty. A field with
//     the option omitempty is the author's wish and loses that difference (and
//     the sign of a zero); omitzero keeps both.
//   - Strings keep their bytes, valid UTF-8 or not.
//   - time.Time loses its monotonic reading and keeps instant and offset; the
//     name of the location is lost. Years outside 0 to 9999 and offsets with
//     seconds are refused when encoding. The zero time comes back in UTC.
//   - Two pointers to one value come back as pointers to two values. A cycle of
//     pointers, or nesting deeper than [MaxDepth], is refused when encoding.
//
// # Equal bytes
//
// Encoding is deterministic: cbor follows the core deterministic requirements
// of RFC 8949 §4.2.1 (shortest heads and floats, no indefinite lengths, map
// keys sorted bytewise), so values that are equal bit by bit give equal bytes,
// whatever the order in which their maps were filled. NaNs keep their width,
// and types with their own methods are as deterministic as those are. A map
// with several NaN keys of the same bits has no defined order.
//
// # Limits
//
// Each value carries its length; [Decode] refuses payloads above
// [DefaultLimit], truncated input and trailing bytes. raw/le allocates what the
// input holds, never what it claims. cbor input is checked to be well formed
// before anything is allocated, so a decoded value takes at most its number of
// items, each of at least one byte of input, times the size of the Go type that
// holds one. The bytes are drawn in docs/format/codec.md.
package codec
