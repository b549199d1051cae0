package coord

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	dir := t.TempDir() + "/c"
	c := open(t, Options{Dir: dir})
	n := c.Names()
	first, err := n.Put(within(t), "monthly means, 2°", []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Create(within(t), "monthly means, 2°", nil); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	second, err := n.Update(within(t), "monthly means, 2°", []byte("two"), first)
	if err != nil || second <= first {
		t.Error(first, second, err)
	}
	if _, err := n.Update(within(t), "monthly means, 2°", nil, first); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	if _, err := n.Create(within(t), "b", []byte{}); err != nil {
		t.Error(err)
	}
	if err := errors.Join(n.Delete(within(t), "b"), n.Delete(within(t), "never was")); err != nil {
		t.Error(err)
	}
	if _, err := n.Get(within(t), "b"); !errors.Is(err, ErrNoName) || !strings.Contains(err.Error(), `"b"`) {
		t.Error(err)
	}
	if _, err := n.Create(within(t), "b", []byte("again")); err != nil {
		t.Error(err)
	}
	if err := n.Delete(within(t), "b"); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	n = open(t, Options{Dir: dir}).Names()
	x, err := n.Get(within(t), "monthly means, 2°")
	if err != nil || string(x.Value) != "two" || x.Revision != second || x.Name != "monthly means, 2°" {
		t.Errorf("%+v, %v", x, err)
	}
	count := 0
	for y, err := range n.All(within(t)) {
		if count++; err != nil || y.Name != x.Name || !bytes.Equal(y.Value, x.Value) {
			t.Errorf("%+v, %v", y, err)
		}
	}
	if count != 1 {
		t.Errorf("%d names", count)
	}
}

func TestNamesAreWatched(t *testing.T) {
	n := open(t, Options{}).Names()
	put := func(name, value string) {
		if _, err := n.Put(within(t), name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	put("a", "1")
	put("b", "1")
	if err := n.Delete(within(t), "b"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var seen []string
	for x, err := range n.Watch(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		word := x.Name + "=" + string(x.Value)
		if x.Deleted {
			word = "no " + x.Name
		}
		switch seen = append(seen, word); word {
		case "a=1":
			put("c", "2")
		case "c=2":
			put("a", "3")
		case "a=3":
			if err := n.Delete(within(t), "c"); err != nil {
				t.Fatal(err)
			}
		case "no c":
			cancel()
		}
	}
	cancel()
	if want := []string{"a=1", "c=2", "a=3", "no c"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

func TestNamesHaveLimits(t *testing.T) {
	n := open(t, Options{}).Names()
	for _, name := range []string{"", strings.Repeat("n", maxName+1)} {
		if _, err := n.Put(within(t), name, nil); err == nil || !strings.Contains(err.Error(), "200") {
			t.Error(err)
		}
	}
	if _, err := n.Put(within(t), "n", make([]byte, maxValue+1)); err == nil || !strings.Contains(err.Error(), "262144") {
		t.Error(err)
	}
	if _, err := n.Put(within(t), strings.Repeat("\x00", maxName), make([]byte, maxValue)); err != nil {
		t.Error(err)
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"a", "=", "=2", "=2E", "=41", "a=20b", "a.b", "\xff", "=C2=B0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s != "" {
			if got, ok := nameOf(keyOf(s)); !ok || got != s {
				t.Errorf("%q is %q, which is %q", s, keyOf(s), got)
			}
		}
		if name, ok := nameOf(s); ok && keyOf(name) != s {
			t.Errorf("%q is %q, which is %q", s, name, keyOf(name))
		}
	})
}
