package journal

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// records are one of each kind.
func records() []Record {
	k := NewKey("sim", "a b")
	return []Record{
		{Key: k, Task: 1, Attempts: 1, Ended: 1700000000000, Wall: 1234, CPU: 900, Peak: 1 << 20, Args: []string{"a b"}},
		{Key: k.Copy(1), Task: 2, Code: 3, Attempts: 2, Ended: 1700000000001, Stdout: Span{0, 56}, Stderr: Span{100, 7}, Cut: 12, Args: []string{"", "it's\n\xff\"é"}},
		{Key: NewKey("x"), Task: 3, Code: -1, Signal: 15, Why: "time", Attempts: 1, Args: []string{strings.Repeat("é", 400), "never"}},
		{Key: NewKey("y"), Task: 4, Code: -1, Why: "start", Attempts: 1, Args: []string{strings.Repeat("b", 200), strings.Repeat("c", 200), "d", strings.Repeat("e", 200)}},
	}
}

func sample() []byte {
	b := AppendRun([]byte(Header), 1700000000000, "sim {}")
	for _, r := range records() {
		b = r.AppendLine(b)
	}
	return b
}

func TestTheFormatStaysAsItIs(t *testing.T) {
	file := filepath.Join("testdata", "journal.golden")
	if *update {
		if err := os.WriteFile(file, sample(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := sample(); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRecordsAreReadBack(t *testing.T) {
	for _, want := range records() {
		line := want.AppendLine(nil)
		if len(line) > MaxLine || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
		got, ok, err := ParseLine(line[:len(line)-1])
		want.Args = nil // for people
		if err != nil || !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v %v, want %+v", line, got, ok, err, want)
		}
	}
}

func TestTheLastRecordCounts(t *testing.T) {
	k := NewKey("k")
	b := []byte(Header)
	for _, code := range []int{1, 0, 2} {
		b = (&Record{Key: k, Code: code, Attempts: 1, Stdout: Span{int64(code), 1}}).AppendLine(b)
		x, err := Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if _, done := x.Done[k]; done != (code == 0) {
			t.Errorf("after exit code %d: done is %v", code, done)
		}
	}
}

// Whatever byte is the last one that reached the file, no record before it is lost and none is made up.
func TestAJournalCutAnywhereIsReadUpToThere(t *testing.T) {
	whole := sample()
	for n := range len(whole) + 1 {
		x, err := Read(bytes.NewReader(whole[:n]))
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		lines := bytes.Count(whole[:n], []byte("\n"))
		if want := max(0, lines-2); x.Records != want {
			t.Fatalf("cut at %d: %d records, want %d", n, x.Records, want)
		}
		if want := int64(bytes.LastIndexByte(whole[:n], '\n') + 1); x.Size != want {
			t.Fatalf("cut at %d: %d sound bytes, want %d", n, x.Size, want)
		}
	}
}

func TestADamagedLineIsLeftOut(t *testing.T) {
	whole := sample()
	for i := len(Header); i < len(whole); i++ {
		bad := bytes.Clone(whole)
		bad[i] ^= 1
		x, err := Read(bytes.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if x.Damaged == 0 || x.Records > len(records()) {
			t.Fatalf("byte %d changed: %d damaged lines, %d records", i, x.Damaged, x.Records)
		}
	}
	long := append(bytes.Clone(whole), strings.Repeat("x", 1<<18)+"\n"...)
	long = (&Record{Key: NewKey("z"), Attempts: 1}).AppendLine(long)
	if x, err := Read(bytes.NewReader(long)); err != nil || x.Damaged != 1 || x.Records != len(records())+1 || x.Size != int64(len(long)) {
		t.Errorf("after a line without end: %+v %v", x, err)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	var version *VersionError
	if _, err := Read(strings.NewReader("braid map journal 2\nend x\n")); !errors.As(err, &version) || version.Version != "2" {
		t.Errorf("another version: %v", err)
	}
	for _, text := range []string{"hello\n", "braid map journal " + strings.Repeat("9", 1<<17), "\x00"} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q was taken for a journal", text)
		}
	}
}

func TestKeysDependOnBordersAndOrder(t *testing.T) {
	keys := map[Key]string{}
	for name, k := range map[string]Key{
		"ab": NewKey("ab"), "a b": NewKey("a", "b"), "b a": NewKey("b", "a"), "ab nothing": NewKey("ab", ""), "copy": NewKey("ab").Copy(1), "copies": NewKey("ab").Copy(2),
	} {
		if other, ok := keys[k]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		keys[k] = name
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample())
	f.Add([]byte(Header))
	f.Add([]byte("braid map journal 9\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if x.Size > int64(len(data)) || len(x.Done) > x.Records {
			t.Fatalf("%+v of %d bytes", x, len(data))
		}
		// What is appended after the sound part is read.
		k := NewKey("appended")
		if x.Size == 0 {
			data = append(data[:0:0], Header...)
			x.Size = int64(len(data))
		}
		again, err := Read(bytes.NewReader((&Record{Key: k, Attempts: 1}).AppendLine(bytes.Clone(data[:x.Size]))))
		if err != nil || again.Records != x.Records+1 {
			t.Fatalf("%d records after %d, %v", again.Records, x.Records, err)
		}
	})
}

// FuzzParseLine seals what it is given, so that the fields get past the checksum.
func FuzzParseLine(f *testing.F) {
	for _, r := range records() {
		line := r.AppendLine(nil)
		f.Add(line[:bytes.LastIndex(line, []byte(" crc="))])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		line := seal(bytes.Clone(data), 0)
		r, ok, err := ParseLine(line[:len(line)-1])
		if err != nil || !ok {
			return
		}
		r.Args = nil
		again := r.AppendLine(nil)
		back, ok, err := ParseLine(again[:len(again)-1])
		r.Why = word(r.Why)
		if err != nil || !ok || !reflect.DeepEqual(back, r) && r.Stdout.Length != 0 && r.Stderr.Length != 0 {
			t.Fatalf("%+v is read back as %+v %v", r, back, err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := []byte(Header)
	for i := range 100_000 {
		r := Record{Key: NewKey("k").Copy(uint32(i)), Task: int64(i), Attempts: 1, Ended: 1700000000000, Wall: 1234, CPU: 900, Args: []string{"17"}}
		text = r.AppendLine(text)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if x, err := Read(bytes.NewReader(text)); err != nil || len(x.Done) != 100_000 {
			b.Fatal(err)
		}
	}
}
