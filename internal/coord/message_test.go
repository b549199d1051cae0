package coord

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

// examples has a message of each kind, as the golden bytes hold them.
func examples() (list []struct {
	name string
	data []byte
}) {
	put := func(name string, h head, payload []byte) {
		data := append(make([]byte, headBytes), payload...)
		seal(data, h)
		list = append(list, struct {
			name string
			data []byte
		}{name, data})
	}
	put("term", head{kindTerm, 1, 1, 0, false}, nil)
	var records []byte
	for _, r := range []string{"one", "", strings.Repeat("x", 70)} {
		records, _, _ = appendPiece(records, []byte(r), maxMessage)
	}
	put("records", head{kindRecords, 1, 2, 1, false}, records)
	piece, _, _ := appendPiece(nil, []byte("a record that goes on"), 13)
	put("part", head{kindRecords, 1, 3, 2, false}, piece)
	put("within", head{kindRecords, 1, 4, 3, true}, []byte{12, 'g', 'o', 'e', 's', ' ', 'o'})
	put("snapshot", head{kindSnapshot, 1<<32 - 1, 1<<64 - 1, 1<<64 - 2, false}, []byte{4, 'a', 'b'})
	put("mark", head{kindMark, 7, 9, 0, false}, mark{from: 8, records: 1, bytes: 35}.form(nil))
	return list
}

func TestTheMessagesAreThoseOfThePage(t *testing.T) {
	var got bytes.Buffer
	for _, e := range examples() {
		fmt.Fprintf(&got, "%s %x\n", e.name, e.data)
	}
	const path = "testdata/messages.golden"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the bytes are\n%s\nand should be\n%s", got.Bytes(), want)
	}
	for line := range strings.Lines(string(want)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		data, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := unseal(data, mustNumber(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for k := range data { // no flipped bit is missed
			data[k] ^= 1
			if _, _, err := unseal(data, mustNumber(data)); err == nil {
				t.Errorf("%s: byte %d may be another", name, k)
			}
			data[k] ^= 1
		}
	}
}

func mustNumber(data []byte) (n uint64) {
	for k := range 8 {
		n |= uint64(data[16+k]) << (8 * k)
	}
	return n
}

// FuzzMessage believes the checksum, because nobody who makes bytes up cares about it.
func FuzzMessage(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.data)
		f.Add(e.data[headBytes:])
	}
	f.Add([]byte{1})
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})
	f.Fuzz(func(t *testing.T, data []byte) {
		h, payload, err := unseal(data, 2)
		if err == nil {
			again := append(make([]byte, headBytes), payload...)
			seal(again, h)
			again[3] = data[3] // features that a reader may ignore
			clear(again[sumAt : sumAt+4])
			same := bytes.Clone(data)
			clear(same[sumAt : sumAt+4])
			if !bytes.Equal(again, same) {
				t.Errorf("%x is written as %x", data, again)
			}
		}
		if m, err := readMark(data); err == nil && !bytes.Equal(m.form(nil), data) {
			t.Errorf("the mark %x is written as %x", data, m.form(nil))
		}
		var a assembler
		total := 0
		for range 2 {
			if _, err := a.take(data, func(r []byte) bool { total += len(r); return true }); err != nil {
				return
			}
		}
		if total+len(a.part) > 2*len(data) {
			t.Errorf("%d bytes hold records of %d", len(data), total)
		}
	})
}
