package block

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"unsafe"
)

var modelSeed = flag.Uint64("model.seed", 0, "run the model test with this seed only")

// model is what a store should hold, kept in the simplest way.
type model struct {
	t      *testing.T
	r      *rand.Rand
	s      *Store
	disk   *faultDisk
	form   *Form
	blocks []*modelBlock
	views  []modelView
	rooms  []*Reservation
}

type modelBlock struct {
	b    *Block
	n    int
	mark byte
	text string // of a boxed one
	refs int
	hurt bool // a bit of its record was flipped
	lost bool
}

type modelView struct {
	m *modelBlock
	v *View
}

func seeds(t *testing.T, n uint64) []uint64 {
	if *modelSeed != 0 {
		return []uint64{*modelSeed}
	}
	first := rand.Uint64()>>1 + 1
	t.Logf("seeds %d to %d; -model.seed runs one of them", first, first+n-1)
	all := make([]uint64, n)
	for k := range all {
		all[k] = first + uint64(k)
	}
	return all
}

func TestTheStoreAgreesWithAModel(t *testing.T) {
	for _, seed := range seeds(t, 15) {
		if !t.Run("", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playModel(t, seed, 400) })
		}) {
			t.Fatalf("seed %d", seed)
		}
	}
}

func playModel(t *testing.T, seed uint64, steps int) {
	r := rand.New(rand.NewPCG(seed, 1))
	o := Options{Limit: 4 << 20}
	if r.IntN(4) == 0 {
		o.SpillMark, o.PauseMark = 1<<20, 3<<19
	}
	m := &model{t: t, r: r, form: textForm()}
	if r.IntN(2) == 0 {
		lendTexts(m.form)
	}
	m.s, m.disk = openFaulty(t, o)
	if r.IntN(3) == 0 { // as on other systems
		m.s.arena.close() // so that none is made
	}
	for range steps {
		m.step()
		if r.IntN(8) == 0 {
			synctest.Wait()
			m.check()
		}
	}
	for len(m.views) > 0 {
		m.unpin(0)
	}
	m.disk.set(func(d *faultDisk) { d.refuse, d.opening, d.capacity = nil, nil, -1 })
	for _, b := range m.blocks {
		m.pin(b)
	}
	for len(m.views) > 0 {
		m.unpin(0)
	}
	for _, b := range m.blocks {
		for range b.refs {
			b.b.Release()
		}
	}
	for _, room := range m.rooms {
		room.Release()
	}
	synctest.Wait()
	got := m.s.Stats()
	if files, _ := m.disk.count(); got.Used != 0 || got.Blocks != 0 || got.Files != 0 || got.FileBytes != 0 || files != 0 || m.s.lent != 0 {
		t.Errorf("after all was given back there are %d files, and %+v", files, got)
	}
}

// lendTexts makes a form write texts of an even length without encoding them.
func lendTexts(f *Form) {
	f.Lend = func(v any) ([]byte, bool) {
		text := v.(string)
		return unsafe.Slice(unsafe.StringData(text), len(text)), len(text)%2 == 0
	}
	f.Make = func(n int64) (any, []byte) {
		data := make([]byte, n)
		return unsafe.String(unsafe.SliceData(data), n), data
	}
}

// size draws a size from one that never leaves memory to one with a file of its own.
func (m *model) size() int {
	switch m.r.IntN(4) {
	case 0:
		return m.r.IntN(2 * leastSpilled)
	case 1:
		return m.r.IntN(2 * int(leastFlat))
	case 2:
		return m.r.IntN(200 << 10)
	}
	return ownFile - 100 + m.r.IntN(300)
}

func (m *model) step() {
	switch k := m.r.IntN(100); {
	case k < 20:
		m.flat()
	case k < 35:
		m.box()
	case len(m.blocks) == 0:
	case k < 50:
		m.pin(m.any())
	case k < 65:
		if len(m.views) > 0 {
			m.unpin(m.r.IntN(len(m.views)))
		}
	case k < 70:
		m.encoded(m.any())
	case k < 75:
		b := m.any()
		b.b.Retain()
		b.refs++
	case k < 90:
		m.release(m.r.IntN(len(m.blocks)))
	case k < 94:
		m.reserve()
	case k < 96:
		synctest.Wait()
		m.hurt(m.any())
	default:
		m.fault()
	}
}

func (m *model) any() *modelBlock { return m.blocks[m.r.IntN(len(m.blocks))] }

func (m *model) flat() {
	n, mark := m.size(), byte(m.r.Uint32())
	b, err := m.s.Buffer(context.Background(), int64(n), nil)
	if err != nil {
		m.t.Fatal(err)
	}
	fillBytes(b.Bytes(), mark)
	if m.r.IntN(10) == 0 {
		b.Discard()
		return
	}
	m.blocks = append(m.blocks, &modelBlock{b: b.Seal(), n: n, mark: mark, refs: 1})
}

func (m *model) box() {
	text := strings.Repeat(string(rune('a'+m.r.IntN(26))), m.size()/2)
	b, err := m.s.Box(context.Background(), text, m.form, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	m.blocks = append(m.blocks, &modelBlock{b: b, text: text, n: -1, refs: 1})
}

func (b *modelBlock) bytes() []byte {
	if b.n < 0 {
		return []byte(b.text)
	}
	want := make([]byte, b.n)
	fillBytes(want, b.mark)
	return want
}

// failed checks the error of a use of a block, and says whether there was one.
func (m *model) failed(b *modelBlock, err error) bool {
	lost := errors.Is(err, ErrLost)
	switch {
	case err == nil && b.lost:
		m.t.Fatalf("block %d came back from the dead", b.b.Number())
	case lost && !b.hurt:
		m.t.Fatalf("block %d is lost for no reason: %v", b.b.Number(), err)
	case lost:
		b.lost = true
	case err != nil && !errors.Is(err, syscall.EMFILE):
		m.t.Fatal(err)
	}
	return err != nil
}

func (m *model) pin(b *modelBlock) {
	v, err := b.b.Pin(context.Background())
	if !m.failed(b, err) {
		m.views = append(m.views, modelView{b, v})
	}
}

func (m *model) unpin(k int) {
	w := m.views[k]
	m.views = append(m.views[:k], m.views[k+1:]...)
	if w.m.n < 0 && w.v.Value() != w.m.text || w.m.n >= 0 && !bytes.Equal(w.v.Bytes(), w.m.bytes()) {
		m.t.Fatalf("block %d does not hold what was put into it", w.m.b.Number())
	}
	w.v.Release()
}

func (m *model) encoded(b *modelBlock) {
	data, err := encodedBytes(b.b)
	if !m.failed(b, err) && !bytes.Equal(data, b.bytes()) {
		m.t.Fatalf("block %d has other bytes than were put into it", b.b.Number())
	}
}

func (m *model) release(k int) {
	b := m.blocks[k]
	b.b.Release()
	if b.refs--; b.refs == 0 {
		m.blocks = append(m.blocks[:k], m.blocks[k+1:]...)
	}
}

func (m *model) reserve() {
	if len(m.rooms) > 0 && m.r.IntN(2) == 0 {
		m.rooms[0].Release()
		m.rooms = m.rooms[1:]
		return
	}
	n := int64(m.r.IntN(1 << 20))
	if room := m.s.TryReserve(n); room != nil {
		m.rooms = append(m.rooms, room)
	} else if len(m.rooms) == 0 {
		m.t.Fatal("nobody has a reservation, and none was given")
	}
}

// hurt flips a bit of a block's record.
func (m *model) hurt(b *modelBlock) {
	if b.b.State() != Spilled {
		return
	}
	m.disk.flip(m.r, b.b.place.seg.path, b.b.place.offset, headerSize+b.b.payload)
	b.hurt = true
}

// fault changes what the disk does.
func (m *model) fault() {
	m.disk.set(func(d *faultDisk) {
		switch m.r.IntN(5) {
		case 0:
			d.capacity = int64(m.r.IntN(3 << 20))
		case 1:
			d.refuse = syscall.EROFS
		case 2:
			d.opening = syscall.EMFILE
		default:
			d.refuse, d.opening, d.capacity = nil, nil, -1
		}
	})
}

// check compares the counts while nothing goes on.
func (m *model) check() {
	s := m.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var here, filed int64
	seen := map[*modelBlock]bool{}
	count := func(b *modelBlock) {
		if seen[b] {
			return
		}
		seen[b] = true
		if b.b.here {
			here += b.b.size
		}
		if b.b.filed {
			filed += recordSize(b.b.payload)
		}
		if idle := b.b.here && b.b.pins == 0 && b.b.refs > 0 && b.b.size >= leastSpilled; idle != (b.b.in != nil) {
			m.t.Fatalf("block %d may leave memory: %v, and is in a list: %v", b.b.number, idle, b.b.in != nil)
		}
		if b.b.writing || b.b.reading != nil {
			m.t.Fatalf("block %d is written or read, and nothing goes on", b.b.number)
		}
	}
	for _, b := range m.blocks {
		count(b)
	}
	for _, v := range m.views { // some are held by their views only
		count(v.m)
	}
	u := s.usage
	if got := u.flat + u.heapFlat + u.boxed; got != here || u.leaving != 0 || u.buffers != 0 {
		m.t.Fatalf("%d bytes of blocks are in memory, counted as %+v", here, u)
	}
	if int64(len(m.views)) != int64(s.lent) {
		m.t.Fatalf("%d views are out, counted as %d", len(m.views), s.lent)
	}
	if s.stats.FileBytes < filed-int64(s.stats.Files)*2*pageSize && s.stats.Stalls == 0 {
		m.t.Fatalf("%d bytes of records are wanted, and files have %d", filed, s.stats.FileBytes)
	}
	if s.stalled == nil && u.all() > s.options.SpillMark && (s.dirty.first != nil || s.clean.first != nil) {
		m.t.Fatalf("blocks may leave memory, which is above the spill mark, and do not: %+v", u)
	}
	if s.keeping {
		m.t.Fatal("the keeper runs, and nothing goes on")
	}
}

// Many goroutines use the same blocks at once; the race detector and the contents are the judges.
func TestManyUseTheStoreAtOnce(t *testing.T) {
	for _, seed := range seeds(t, 3) {
		s, _ := openFaulty(t, Options{Limit: 8 << 20})
		form := textForm()
		var all sync.WaitGroup
		shared := make([]*modelBlock, 24)
		for k := range shared {
			n := 100<<10 + k<<14
			shared[k] = &modelBlock{b: flat(t, s, n, byte(k)), n: n, mark: byte(k)}
		}
		for g := range 6 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(seed, uint64(g)))
				for range 150 {
					use(t, s, r, form, shared[r.IntN(len(shared))])
				}
			})
		}
		all.Wait()
		for _, b := range shared {
			b.b.Release()
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := s.Stats(); got.Used != 0 || got.Lost != 0 || got.SpilledBytes == 0 {
			t.Errorf("seed %d: %+v", seed, got)
		}
	}
}

// use is one step of a goroutine.
func use(t *testing.T, s *Store, r *rand.Rand, form *Form, b *modelBlock) {
	ctx := context.Background()
	switch r.IntN(5) {
	case 0:
		data, err := encodedBytes(b.b)
		if err != nil || !bytes.Equal(data, b.bytes()) {
			t.Errorf("block %d: %v", b.b.Number(), err)
		}
	case 1, 2:
		v, err := b.b.Pin(ctx)
		if err != nil || !bytes.Equal(v.Bytes(), b.bytes()) {
			t.Errorf("block %d: %v", b.b.Number(), err)
			return
		}
		v.Release()
	case 3:
		room, err := s.Reserve(ctx, int64(r.IntN(1<<20)))
		if err != nil {
			t.Error(err)
			return
		}
		defer room.Release()
		own := flat(t, s, 1+r.IntN(1<<20), 3)
		wants(t, own, int(own.Size()), 3)
		own.Release()
	case 4:
		text := strings.Repeat("z", r.IntN(200<<10))
		own, err := s.Box(ctx, text, form, nil)
		if err != nil {
			t.Error(err)
			return
		}
		b.b.Retain()
		if v, err := own.Pin(ctx); err != nil || v.Value() != text {
			t.Errorf("a text of %d bytes: %v", len(text), err)
		} else {
			own.Release()
			v.Release()
		}
		b.b.Release()
	}
}
