package machine

import (
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

func FuzzSize(f *testing.F) {
	for _, seed := range []string{"8GiB", "1.5 GB", "4096M", "1048576", "512mib", "", ".", "1..2G", "0.0000001PiB", "9999999999999999999P", "1e9", "+8G", "8 G i B", "Inf", "0x10M"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseSize(text)
		if err != nil {
			if n != 0 {
				t.Fatalf("%q: %d with %v", text, n, err)
			}
			return
		}
		if n < leastBytes || n > mostBytes {
			t.Fatalf("%q: %d bytes", text, n)
		}
		// Exact arithmetic on the number, by the same table of units.
		digits := strings.TrimRight(strings.TrimSpace(text), "bBkKmMgGtTpPiI \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
		unit := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), digits)))
		want, ok := new(big.Rat).SetString(digits)
		if !ok {
			t.Fatalf("%q was read, though %q is not a number", text, digits)
		}
		want.Mul(want, new(big.Rat).SetFloat64(units[unit]))
		if w, _ := want.Float64(); math.Abs(w-float64(n)) > 1+1e-12*w {
			t.Fatalf("%q: %d bytes, want %g", text, n, w)
		}
	})
}

func FuzzMebibytes(f *testing.F) {
	for _, seed := range []string{"4096", "4G", "0", "-1", "K", "", "1T", "8796093022208", "99999999999999999999", "-99999999999999999999", "12 G", "5k"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseMebibytes(text)
		if err == nil && (n < leastBytes || n > mostBytes) || err != nil && n != 0 {
			t.Fatalf("%q: %d, %v", text, n, err)
		}
		// The same amount in KiB must be read as the same.
		if err == nil {
			if again, err := parseMebibytes(fmt.Sprintf("%dK", n/1024)); err != nil || again != n {
				t.Fatalf("%q: %d, then %d, %v", text, n, again, err)
			}
		}
	})
}

func FuzzMemTotal(f *testing.F) {
	f.Add("MemTotal:       65536000 kB\nMemFree: 1 kB\n")
	f.Add("MemTotal: 0 kB")
	f.Add("MemTotal: 9223372036854775807 kB")
	f.Add("MemTotal:\nMemTotal: 5 MB")
	f.Fuzz(func(t *testing.T, text string) {
		value, n, err := parseMemTotal(text)
		if err == nil && (n < 1024 || n > mostBytes || !strings.Contains(text, value)) || err != nil && n != 0 {
			t.Fatalf("%q: %q, %d, %v", text, value, n, err)
		}
	})
}

// FuzzCgroup gives arbitrary /proc files to the search for a limit.
func FuzzCgroup(f *testing.F) {
	for _, tree := range []string{"v1", "v1-container", "v2-max", "v2-nested", "hybrid"} {
		root := place(tree, nil).root
		member, err := fs.ReadFile(root, "proc/self/cgroup")
		if err != nil {
			f.Fatal(err)
		}
		mounts, err := fs.ReadFile(root, "proc/self/mountinfo")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(member), string(mounts), "1073741824")
	}
	f.Add("0::/../..\n", "1 1 0:1 /.. / rw - cgroup2 x rw\n", "max")
	f.Add("1:memory:/a:b\n0:::\n", "1 1 0:1 /a //x/../.. rw - cgroup x rw,memory\n", "-1")
	f.Fuzz(func(t *testing.T, member, mounts, limit string) {
		if !utf8.ValidString(member + mounts) {
			return // package fs refuses such names, so a cgroup of that name counts as one without a limit
		}
		root := fstest.MapFS{
			"proc/self/cgroup":    {Data: []byte(member)},
			"proc/self/mountinfo": {Data: []byte(mounts)},
		}
		files := limitFiles(member, mounts)
		for _, file := range files {
			if !fs.ValidPath(file) {
				t.Fatalf("%q is no path", file)
			}
			if len(root) < 100 {
				root[file] = &fstest.MapFile{Data: []byte(limit)}
			}
		}
		s := place("", nil)
		s.root = root
		want, ok := parseLimit(limit)
		if got := s.cgroup(); got.Bytes != 0 && (!ok || got.Bytes != want) || got.Bytes == 0 && ok && len(files) == 1 {
			t.Fatalf("%+v, where all files say %q: %q", got, limit, files)
		}
	})
}

func FuzzBusy(f *testing.F) {
	f.Add("cpu  123678 0 25987 512450 822 0 197 73 0 0\ncpu0 1 2 3\n")
	f.Add("cpu 1 2 3 4 5 6 7")
	f.Add("cpu 1 2 3 4 5 6 -7 8")
	f.Add("cpu0 1 2 3 4 5 6 7 8")
	f.Add("cpu  2 2 3 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 8\nintr 5\n")
	f.Add("cpu 72057594037927936 72057594037927936 72057594037927936 1 1 72057594037927936 72057594037927936 72057594037927936")
	f.Fuzz(func(t *testing.T, text string) {
		for _, cpus := range [][]int{nil, {0}, {0, 1}} {
			if n, err := parseBusy(text, cpus); n < 0 || err != nil && n != 0 {
				t.Fatalf("%q of %v: %d, %v", text, cpus, n, err)
			}
		}
	})
}

func FuzzProcessor(f *testing.F) {
	f.Add("processor\t: 0\nmodel name\t: AMD  EPYC\ncpu MHz : 2\n")
	f.Add("processor : 0\ncpu : POWER9, altivec supported\n")
	f.Add("model name :\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		if name := parseProcessor(text); strings.ContainsAny(name, "\n\t") || strings.TrimSpace(name) != name {
			t.Fatalf("%q: %q", text, name)
		}
	})
}
