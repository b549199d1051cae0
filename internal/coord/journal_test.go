package coord

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTheNextLeaderReadsWhatTheLastOneWrote(t *testing.T) {
	dir := t.TempDir() + "/c"
	big := strings.Repeat("0123456789abcdef", 90_000) // three messages
	want := []string{"one", "", big, "two", big[:maxMessage-headBytes-maxPieceHead], big[:maxMessage], "three"}
	identity := ""
	for term := range 3 {
		c := open(t, Options{Dir: dir, Identity: identity})
		identity = c.Identity()
		l, j := lead(t, c)
		if got := replay(t, j); !slices.Equal(got, slices.Concat(slices.Repeat([][]string{want}, term)...)) {
			t.Fatalf("term %d: %d records", term, len(got))
		}
		add(t, j, want[:3]...)
		for _, r := range want[3:] {
			if err := j.Write(within(t), []byte(r)); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Sync(within(t)); err != nil {
			t.Fatal(err)
		}
		if l.Err() != nil {
			t.Error(l.Err())
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(l.Err(), ErrClosed) {
			t.Error(l.Err())
		}
	}
}

func TestASnapshotTakesThePlaceOfWhatWasBefore(t *testing.T) {
	c := open(t, Options{SnapshotBytes: 300})
	l, j := lead(t, c)
	add(t, j, "a", "b")
	if j.Due() {
		t.Error("a snapshot of nothing is due")
	}
	add(t, j, strings.Repeat("c", 400))
	if !j.Due() {
		t.Error("no snapshot is due")
	}
	half, err := j.Snapshot(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := half.Write(within(t), []byte("half")); err != nil {
		t.Fatal(err)
	}
	s, err := j.Snapshot(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(within(t), []byte("A")); err != nil {
		t.Fatal(err)
	}
	add(t, j, "d") // in between
	if err := s.Write(within(t), []byte("B"), []byte(strings.Repeat("C", 2*maxMessage))); err != nil {
		t.Fatal(err)
	}
	add(t, j, "e")
	if err := s.Commit(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(half.Commit(within(t)), s.Write(within(t))); !errors.Is(err, errSnapshotOver) {
		t.Error(err)
	}
	if j.Due() {
		t.Error("another snapshot is due")
	}
	add(t, j, "f")
	info, err := c.journal.Info(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.State.FirstSeq != s.from {
		t.Errorf("the journal begins at %d, and the snapshot at %d", info.State.FirstSeq, s.from)
	}
	// One that is not whole is not read.
	if s, err = j.Snapshot(within(t)); err == nil {
		err = s.Write(within(t), []byte("not whole"), make([]byte, maxMessage))
	}
	if err != nil {
		t.Fatal(err)
	}
	add(t, j, "g")
	l.Release()
	for range 2 {
		l, j = lead(t, c)
		got := replay(t, j)
		if want := []string{"A", "B", strings.Repeat("C", 2*maxMessage), "d", "e", "f", "g"}; !slices.Equal(got, want) {
			t.Errorf("%d records: %.100q", len(got), got)
		}
		l.Release()
	}
}

func TestARecordOfTheLastLeaderThatHasNoEndIsNotRead(t *testing.T) {
	c := open(t, Options{})
	l, j := lead(t, c)
	add(t, j, "whole")
	if err := j.Write(within(t), make([]byte, maxMessage+100)); err != nil {
		t.Fatal(err)
	}
	for len(j.flight) > 0 { // its first message, and not the rest
		j.await(within(t))
	}
	l.Release()
	_, j = lead(t, c)
	add(t, j, "next")
	if got := replay(t, j); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("%q", got)
	}
}

func TestAReaderMayLeave(t *testing.T) {
	c := open(t, Options{})
	l, j := lead(t, c)
	add(t, j, "a", "b", "c")
	s, err := j.Snapshot(within(t))
	if err == nil {
		err = errors.Join(s.Write(within(t), []byte("A"), []byte("B")), s.Commit(within(t)))
	}
	if err != nil {
		t.Fatal(err)
	}
	add(t, j, "d", "e")
	l.Release()
	_, j = lead(t, c)
	for n := 1; n <= 4; n++ {
		got := 0
		for _, err := range j.Replay(within(t)) {
			if err != nil {
				t.Fatal(err)
			}
			if got++; got == n {
				break
			}
		}
		if got != n {
			t.Errorf("%d records", got)
		}
	}
}

// TestRandomJournals holds a journal against a list.
func TestRandomJournals(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	c := open(t, Options{})
	var want []string
	for term := range 12 {
		l, j := lead(t, c)
		if got := replay(t, j); !slices.Equal(got, want) {
			t.Fatalf("term %d: %d records, want %d", term, len(got), len(want))
		}
		var s *Snapshot
		var taken, since []string
		for n := range 30 {
			rec := fmt.Sprint(term, n, strings.Repeat("x", r.IntN(1+1<<r.IntN(21))))
			switch r.IntN(6) {
			case 0:
				next, err := j.Snapshot(within(t))
				if err != nil {
					t.Fatal(err)
				}
				s, taken, since = next, nil, nil
			case 1:
				if s == nil {
					continue
				}
				if err := s.Write(within(t), []byte(rec)); err != nil {
					t.Fatal(err)
				}
				taken = append(taken, rec)
			case 2:
				if s == nil {
					continue
				}
				if err := s.Commit(within(t)); err != nil {
					t.Fatal(err)
				}
				want, s = append(taken, since...), nil
			default:
				if err := j.Write(within(t), []byte(rec)); err != nil {
					t.Fatal(err)
				}
				want, since = append(want, rec), append(since, rec)
			}
		}
		if err := j.Sync(within(t)); err != nil {
			t.Fatal(err)
		}
		l.Release()
	}
}

func TestAFullJournalSaysSo(t *testing.T) {
	c := open(t, Options{MaxJournal: 1 << 20})
	_, j := lead(t, c)
	err := j.Append(within(t), make([]byte, 2<<20))
	if !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if again := j.Append(within(t), []byte("x")); again == nil || again.Error() != err.Error() {
		t.Error(again)
	}
}

func TestAJournalThatFailedTakesNothingMore(t *testing.T) {
	c := open(t, Options{})
	l, j := lead(t, c)
	for range 20 { // nearly as much as a message has room for, and not sent
		if err := j.Write(within(t), make([]byte, maxMessage/21)); err != nil {
			t.Fatal(err)
		}
	}
	l.Release()
	for range 3 {
		if err := j.Append(within(t), make([]byte, maxMessage)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
	if _, err := j.Snapshot(within(t)); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
