package braid

import (
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/memo"
)

func TestAWorkerReadsTheMarkOfAStore(t *testing.T) {
	for _, folder := range []string{"/a b", `C:\x "y"`, "/\xff\n"} {
		m := newMemoized(MemoStore{Version: "2 \" x"})
		m.version = "version " + m.from.Version
		m.store = &memo.Store{Folder: folder, MaxBytes: 5, MaxAge: time.Hour}
		for _, signature := range []string{"func(context.Context, int) (int, error)", isolatedMark + "f", ""} {
			got, rest, err := unmark(m.mark() + signature)
			if err != nil || rest != signature || got.version != m.version || got.store.Folder != folder || got.store.MaxBytes != 5 || got.store.MaxAge != time.Hour {
				t.Errorf("%q: %v, %q, %v", m.mark(), got, rest, err)
			}
			again, _, _ := unmark(m.mark() + "other")
			if again != got {
				t.Error("a store has two faces in one worker")
			}
		}
	}
}

func FuzzUnmark(f *testing.F) {
	f.Add(`memo "/a" "version 1" 10 0 func()`)
	f.Add(`memo "/a" "version`)
	f.Add("func()")
	f.Fuzz(func(t *testing.T, text string) {
		m, rest, err := unmark(text)
		switch {
		case err != nil || m == nil:
			return
		case !strings.HasSuffix(text, rest) || m.store == nil:
			t.Errorf("%q: %q", text, rest)
		}
	})
}
