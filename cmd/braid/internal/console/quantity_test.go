package console

import "testing"

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "10b": 10, "2K": 2 << 10, "1.5GiB": 3 << 29, "7mb": 7 << 20, "1T": 1 << 40} {
		if got, err := ParseSize("memory", text); err != nil || got != want {
			t.Errorf("%s: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1M", "M", "1X", "1e30", "NaN", "InfG", "1KK"} {
		if got, err := ParseSize("memory", text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}
