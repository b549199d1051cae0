package block

import "testing"

// Who goes through all blocks, again and again, finds those in memory that are in no file, although they were not used for longest: a
// block that was read back leaves before them. One of them that nobody uses any more leaves in its turn.
func TestBlocksInNoFileStayForWhoComesToThem(t *testing.T) {
	const n, fits = 256 << 10, 4
	s := openStore(t, Options{Limit: 4 << 20, SpillMark: fits * n, PauseMark: fits * n, Scratch: t.TempDir()})
	var all []*Block
	for k := range 2 * fits {
		b, err := s.Buffer(t.Context(), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.Bytes()[n-1] = byte(k)
		all = append(all, b.Seal())
	}
	look := func(blocks []*Block) {
		for k, b := range blocks {
			v, err := b.Pin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if have := v.Bytes()[n-1]; have != byte(k) {
				t.Fatalf("block %d holds %d", k, have)
			}
			v.Release()
		}
	}
	look(all)
	look(all)
	// Those that did not fit, and one that made room for the first that was read back.
	if have, want := s.Stats().SpilledBytes, (fits+1)*recordSize(n); have != want {
		t.Errorf("%d bytes were written in two rounds, wanted %d", have, want)
	}
	for range 2 * fits {
		look(all[:fits+1])
	}
	if last := all[len(all)-1]; last.State() == InMemory {
		t.Error("a block that nobody used stayed in memory while others were read again and again")
	}
	for _, b := range all {
		b.Release()
	}
}
