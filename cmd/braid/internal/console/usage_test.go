package console

import "testing"

func TestEditsCountsTypingMistakes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "ab", 2}, {"demo", "demo", 0}, {"dmo", "demo", 1}, {"demmo", "demo", 1}, {"dome", "demo", 2},
		{"deom", "demo", 1}, {"kitten", "sitting", 3}, {"naïve", "naive", 1}, {"ca", "abc", 3},
	} {
		if have, back := edits(c.a, c.b), edits(c.b, c.a); have != c.want || back != c.want {
			t.Errorf("%q and %q: %d, and %d turned round; want %d", c.a, c.b, have, back, c.want)
		}
	}
}

func TestNearestFindsMistakesAndNoOtherWords(t *testing.T) {
	names := []string{"cores", "demo", "version"}
	for name, want := range map[string]string{
		"core": "cores", "Demo": "demo", "dmeo": "demo", "verison": "version", "versions": "version", "x": "", "": "", "scatter": "",
	} {
		if have := nearest(name, names); have != want {
			t.Errorf("%q: %q, want %q", name, have, want)
		}
	}
}
