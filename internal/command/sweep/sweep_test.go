package sweep

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTheLastListVariesFastest(t *testing.T) {
	var s Sweep
	for _, values := range [][]string{{"a", "b"}, {"1", "2", "3"}} {
		if err := s.Add(values); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Zip([]string{"x", "y", "z"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range s.Tasks() {
		got = append(got, strings.Join(s.Args(i), ""))
	}
	want := []string{"a1x", "a2y", "a3z", "b1x", "b2y", "b3z"}
	if !slices.Equal(got, want) || s.Lists() != 3 {
		t.Errorf("%d lists, %q, want 3 and %q", s.Lists(), got, want)
	}
}

func TestAnEmptyListLeavesNoTasks(t *testing.T) {
	var s Sweep
	if err := s.Add([]string{"a"}); err != nil || s.Tasks() != 1 {
		t.Fatal(s.Tasks(), err)
	}
	if err := s.Add(nil); err != nil || s.Tasks() != 0 {
		t.Error(s.Tasks(), err)
	}
	if err := s.Add([]string{"b"}); err != nil || s.Tasks() != 0 {
		t.Error("after a third list:", s.Tasks(), err)
	}
}

func TestWhatCannotBeCombinedIsRefused(t *testing.T) {
	var s Sweep
	if err := s.Zip([]string{"a"}); err == nil {
		t.Error("zipped with nothing")
	}
	if err := s.Add([]string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Zip([]string{"a"}); err == nil || !strings.Contains(err.Error(), "1 values") {
		t.Error("zipped with another length:", err)
	}
	if err := s.Add([]string{"a", "b\x00c"}); err == nil || !strings.Contains(err.Error(), "value 2") {
		t.Error("a NUL byte:", err)
	}
	big := make([]string, 1<<16)
	var last error
	for range 4 {
		last = s.Add(big)
	}
	if last == nil || s.Tasks() > math.MaxInt64/2 {
		t.Error("more combinations than can be counted:", last, s.Tasks())
	}
}

func TestSplitKeepsEveryByte(t *testing.T) {
	for _, c := range []struct {
		text string
		sep  byte
		want []string
	}{
		{"", '\n', nil},
		{"a", '\n', []string{"a"}},
		{"a\n", '\n', []string{"a"}},
		{" a \n\n\xff\r\n", '\n', []string{" a ", "", "\xff\r"}},
		{"a\nb\x00c", 0, []string{"a\nb", "c"}},
	} {
		if got := Split(c.text, c.sep); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCSV(t *testing.T) {
	table, err := ReadCSV(strings.NewReader("\ufeffname, rate,\r\nada,\"1,5\",x\r\n\"b\nc\",\"\"\"\",\xfe\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"name", "rate", ""}; !slices.Equal(table.Names, want) {
		t.Errorf("names %q, want %q", table.Names, want)
	}
	if got, want := fmt.Sprintf("%q", table.Columns), `[["ada" "b\nc"] ["1,5" "\""] ["x" "\xfe"]]`; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	for text, want := range map[string]string{
		"":                "empty",
		"a,b\n1,2\n3\n":   "line 3 has 1 fields and line 1 has 2",
		"a,a\n1,2\n":      `two columns are named "a"`,
		"a,b\n1,\"2\n":    "line 2",
		"a,b\n1,x\"2\"\n": "line 2, column 4",
	} {
		if _, err := ReadCSV(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("\ufeffa\n\"x\ny\"\n")
	f.Add("a,b\n\"1")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		if len(table.Names) == 0 || len(table.Columns) != len(table.Names) {
			t.Fatalf("%d names and %d columns", len(table.Names), len(table.Columns))
		}
		for _, c := range table.Columns {
			if len(c) != len(table.Columns[0]) {
				t.Fatal("columns of different lengths")
			}
		}
	})
}
