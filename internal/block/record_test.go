package block

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// memoryFile is a file in memory.
type memoryFile struct{ data []byte }

func (f *memoryFile) WriteAt(b []byte, offset int64) (int, error) {
	if end := int(offset) + len(b); end > len(f.data) {
		f.data = append(f.data, make([]byte, end-len(f.data))...)
	}
	return copy(f.data[offset:], b), nil
}

func (f *memoryFile) ReadAt(b []byte, offset int64) (int, error) {
	return bytes.NewReader(f.data).ReadAt(b, offset)
}

var testStore = [16]byte{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func TestRecordsComeBack(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, small - 1, small, small + 1, piece, piece + 1, 3*piece - 64, stretch - headerSize, stretch, 2*stretch + 7} {
		payload := pattern(n)
		h := header{kind: kindBoxed, number: 1<<40 + 3, size: int64(n), store: testStore}
		f := new(memoryFile)
		const offset = 128
		if err := writeRecord(f, offset, h, payload); err != nil {
			t.Fatal(err)
		}
		if int64(len(f.data)) != offset+recordSize(int64(n)) {
			t.Errorf("%d bytes: the file has %d", n, len(f.data))
		}
		into := make([]byte, n)
		if err := readRecord(f, offset, h, into); err != nil || !bytes.Equal(into, payload) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestWhatIsNotTheRecordIsCorrupt(t *testing.T) {
	for _, n := range []int{100, small + 100} {
		h := header{kind: kindFlat, number: 9, size: int64(n), store: testStore}
		good := new(memoryFile)
		if err := writeRecord(good, 0, h, pattern(n)); err != nil {
			t.Fatal(err)
		}
		read := func(data []byte, want header) error {
			return readRecord(&memoryFile{data}, 0, want, make([]byte, n))
		}
		for bit := range 8 * (headerSize + n) {
			if n > 1000 && bit > 8*headerSize && bit%997 != 0 {
				continue
			}
			data := bytes.Clone(good.data)
			data[bit/8] ^= 1 << (bit % 8)
			if err := read(data, h); !errors.Is(err, errCorrupt) {
				t.Fatalf("bit %d of %d bytes flipped: %v", bit, n, err)
			}
		}
		for _, end := range []int{0, 1, headerSize - 1, headerSize, headerSize + n - 1} {
			if err := read(good.data[:end], h); !errors.Is(err, errCorrupt) || !strings.Contains(err.Error(), "ends") {
				t.Errorf("cut to %d bytes: %v", end, err)
			}
		}
		for what, change := range map[string]func(*header){
			"block": func(h *header) { h.number++ }, "kind": func(h *header) { h.kind++ }, "store": func(h *header) { h.store[15]++ },
		} {
			other := h
			change(&other)
			if err := read(good.data, other); !errors.Is(err, errCorrupt) {
				t.Errorf("another %s: %v", what, err)
			}
		}
	}
}

func TestGoldenRecords(t *testing.T) {
	f := new(memoryFile)
	var offset int64
	var b strings.Builder
	for _, r := range []struct {
		what    string
		kind    kind
		number  uint64
		payload string
	}{
		{"flat block 1, four float64: 0 1 2 -0.5", kindFlat, 1, "0000000000000000" + "000000000000f03f" + "0000000000000040" + "000000000000e0bf"},
		{"boxed block 258, 65 bytes", kindBoxed, 258, strings.Repeat("6d", 65)},
		{"boxed block 3, no bytes", kindBoxed, 3, ""},
		{"raw block 4, two int64: 1 -1", kindRaw, 4, "0100000000000000" + "ffffffffffffffff"},
	} {
		payload, err := hex.DecodeString(r.payload)
		if err != nil {
			t.Fatal(err)
		}
		h := header{kind: r.kind, number: r.number, size: int64(len(payload)), store: testStore}
		if err := writeRecord(f, offset, h, payload); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "# %s, at byte %d\n", r.what, offset)
		for end := offset + recordSize(h.size); offset < end; offset += 32 {
			fmt.Fprintf(&b, "%x\n", f.data[offset:offset+32])
		}
	}
	const golden = "testdata/records.golden"
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("differs from %s, which -update rewrites; a change needs another version, and docs/format/spill.md:\n%s", golden, b.String())
	}
}

func FuzzReadRecord(f *testing.F) {
	h := header{kind: kindFlat, number: 1, size: 40, store: testStore}
	good := new(memoryFile)
	if err := writeRecord(good, 0, h, pattern(40)); err != nil {
		f.Fatal(err)
	}
	f.Add(good.data, int64(0), uint64(1), uint16(40))
	f.Add(good.data[:70], int64(0), uint64(1), uint16(40))
	f.Add(good.data, int64(64), uint64(2), uint16(0))
	f.Add([]byte{magic0, magic1, recordVersion}, int64(1<<40), uint64(0), uint16(9))
	f.Fuzz(func(t *testing.T, data []byte, offset int64, number uint64, size uint16) {
		if offset < 0 {
			return
		}
		want := header{kind: kindFlat, number: number, size: int64(size), store: testStore}
		into := make([]byte, size)
		if err := readRecord(&memoryFile{data}, offset, want, into); err != nil {
			return
		}
		// What is accepted is what the writer writes, but for the padding and the bits that a reader ignores.
		again := new(memoryFile)
		if err := writeRecord(again, 0, want, into); err != nil {
			t.Fatal(err)
		}
		if have := data[offset+headerSize:][:size]; !bytes.Equal(have, into) {
			t.Errorf("%x was read from %x", into, have)
		}
		for k := range 3 {
			if data[offset+int64(k)] != again.data[k] {
				t.Errorf("byte %d of an accepted header is %#x", k, data[offset+int64(k)])
			}
		}
	})
}
