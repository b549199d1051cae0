package batch

import "testing"

func TestHalt(t *testing.T) {
	for _, c := range []struct {
		text                string
		done, failed, total int64
		want                bool
	}{
		{"never", 9, 9, 9, false},
		{"now,fail=2", 9, 1, 99, false},
		{"now,fail=2", 0, 2, 99, true},
		{"soon,success=1", 0, 9, 99, false},
		{"soon,success=1", 1, 0, 99, true},
		{"soon,done=3", 1, 2, 99, true},
		{"soon,fail=10%", 0, 9, 95, false},
		{"soon,fail=10%", 0, 10, 95, true},
		{"now,fail=0.5%", 0, 1, 10, true},
		{"now,fail=100%", 0, 9, 10, false},
	} {
		h, err := ParseHalt(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := h.reached(c.done, c.failed, c.total); got != c.want {
			t.Errorf("%s with %d done and %d failed of %d: %v", c.text, c.done, c.failed, c.total, got)
		}
		if again, err := ParseHalt(h.String()); err != nil || again != h {
			t.Errorf("%s is written as %s (%v)", c.text, h, err)
		}
	}
	for _, text := range []string{"", "now", "now,", "now,fail", "now,fail=", "now,fail=0", "now,fail=-1", "now,fail=x", "later,fail=1", "now,fall=1", "soon,fail=0%", "soon,fail=101%", "soon,fail=NaN%", "soon,fail=1e400%"} {
		if h, err := ParseHalt(text); err == nil {
			t.Errorf("%q was read as %s", text, h)
		}
	}
}

func FuzzParseHalt(f *testing.F) {
	for _, s := range []string{"never", "now,fail=1", "soon,done=10%", "soon,success=0x1p-2%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHalt(s)
		if err != nil {
			return
		}
		if again, err := ParseHalt(h.String()); err != nil || again != h {
			t.Fatalf("%q is %+v, written as %s, read back as %+v %v", s, h, h, again, err)
		}
	})
}
