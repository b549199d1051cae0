package codec_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/braid-compute/braid/codec"
	"pgregory.net/rapid"
)

// TestPortableCopyIsLittleEndian compares the path of big-endian hosts with the
// standard library's writer, which works by shifts and not by memory.
func TestPortableCopyIsLittleEndian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.Uint16()).Draw(t, "16")
		b := rapid.SliceOf(rapid.Uint32()).Draw(t, "32")
		c := rapid.SliceOf(rapid.Uint64()).Draw(t, "64")
		for _, v := range []struct {
			word int
			data any
		}{{1, []byte{1, 2, 3}}, {2, a}, {4, b}, {8, c}} {
			var host, little bytes.Buffer
			if err := binary.Write(&host, binary.NativeEndian, v.data); err != nil {
				t.Fatal(err)
			}
			if err := binary.Write(&little, binary.LittleEndian, v.data); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, host.Len())
			codec.CopyWords(got, host.Bytes(), v.word)
			if !bytes.Equal(got, little.Bytes()) {
				t.Fatalf("host to wire, word %d: got %x, want %x", v.word, got, little.Bytes())
			}
			codec.CopyWords(got, little.Bytes(), v.word)
			if !bytes.Equal(got, host.Bytes()) {
				t.Fatalf("wire to host, word %d: got %x, want %x", v.word, got, host.Bytes())
			}
		}
	})
}

// TestRawIsLittleEndianOnEveryHost compares whole encodings with the same
// independent writer.
func TestRawIsLittleEndianOnEveryHost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOf(rapid.Float64()).Draw(t, "v")
		want, err := binary.Append(nil, binary.LittleEndian, v)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustEncode(v); !bytes.Equal(got[32:], want) {
			t.Fatalf("got %x, want %x", got[32:], want)
		}
	})
}
