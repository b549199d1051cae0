package braid

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// digest identifies the work behind a key: the function, its arguments, and theirs.
type digest [sha256.Size]byte

// keyed is the result that a client holds under a key.
type keyed struct {
	digest digest
	place  place
	site   graph.Site
}

// keys is what a builder learns about the keyed calls of its graph. While it exists, it holds the client's lock on keys.
type keys struct {
	digests map[*call]digest
	found   map[*call]place // calls whose result is held already
	fresh   []freshKey
}

type freshKey struct {
	key    string
	site   graph.Site
	index  graph.Index
	digest digest
}

// knownKey looks a keyed call up: it reports true if its result is held, or if the call is refused.
func (b *builder) knownKey(d *call, key string) bool {
	if b.keys == nil {
		b.client.keysMu.Lock()
		b.keys = &keys{digests: make(map[*call]digest), found: make(map[*call]place)}
	}
	k := b.keys
	sum, err := k.digestOf(d)
	if err != nil {
		b.err = b.wrong(d, fmt.Errorf("key %q: %w", key, err))
		return true
	}
	held, ok := b.client.keys[key]
	if ok && held.place.run.Released(held.place.index) {
		delete(b.client.keys, key)
		ok = false
	}
	if ok && held.digest != sum {
		b.err = b.wrong(d, fmt.Errorf("key %q names other work, submitted from %s: release it first, or choose another key", key, held.site))
		return true
	}
	if ok {
		k.found[d] = held.place
		return true
	}
	for _, f := range k.fresh {
		if f.key == key {
			b.err = b.wrong(d, fmt.Errorf("key %q names two calls of one submission, the other from %s", key, f.site))
			return true
		}
	}
	k.fresh = append(k.fresh, freshKey{key: key, site: graph.Site{PC: d.site}, digest: sum})
	return false
}

// foundKey returns where the result of a keyed call is held, if it is.
func (b *builder) foundKey(d *call) (place, bool) {
	if b.keys == nil {
		return place{}, false
	}
	p, ok := b.keys.found[d]
	return p, ok
}

// enter makes the client hold the new keys, which are tasks of run r.
func (k *keys) enter(c *Client, r *exec.Run) {
	if c.keys == nil {
		c.keys = make(map[string]keyed)
	}
	for _, f := range k.fresh {
		c.keys[f.key] = keyed{digest: f.digest, place: place{run: r, index: f.index}, site: f.site}
	}
}

// digestOf returns the digest of a call, which covers everything it depends on. Calls share sub-graphs, so digests are
// kept; the depth of keyed graphs is bounded by what the stack of a goroutine holds.
func (k *keys) digestOf(d *call) (digest, error) {
	if sum, ok := k.digests[d]; ok {
		return sum, nil
	}
	h := sha256.New()
	part := func(tag byte, data []byte) {
		var head [9]byte
		head[0] = tag
		binary.LittleEndian.PutUint64(head[1:], uint64(len(data)))
		h.Write(head[:])
		h.Write(data)
	}
	part('f', []byte(d.f.name))
	part('s', []byte(d.f.signature))
	for n, a := range d.arguments() {
		if err := k.digestArgument(a, part); err != nil {
			return digest{}, fmt.Errorf("argument %d: %w", n+1, err)
		}
	}
	sum := digest(h.Sum(nil))
	k.digests[d] = sum
	return sum, nil
}

func (k *keys) digestArgument(a argument, part func(byte, []byte)) error {
	if m := a.members(); len(m) > 0 || isList(a) {
		part('l', binary.LittleEndian.AppendUint64(nil, uint64(len(m))))
		for n, item := range m {
			if err := k.digestArgument(item, part); err != nil {
				return fmt.Errorf("member %d: %w", n, err)
			}
		}
		return nil
	}
	d := a.delayed()
	if d != nil && d.kept == nil {
		sum, err := k.digestOf(d)
		part('d', sum[:])
		return err
	}
	if d != nil {
		a = d.kept
	}
	if v, ok := a.(interface{ live() any }); ok {
		data, err := encode(v.live())
		part('v', data)
		return err
	}
	p, n := a.(interface{ where() (place, int) }).where()
	if p.run == nil {
		return nil // it was never submitted: adding the argument says why
	}
	id := binary.LittleEndian.AppendUint64(nil, p.run.Submission())
	id = binary.LittleEndian.AppendUint64(id, uint64(p.index))
	part('r', binary.LittleEndian.AppendUint64(id, uint64(n)))
	return nil
}

// encode returns the canonical bytes of a value.
func encode(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	c, err := codec.For(reflect.TypeOf(v))
	if err != nil {
		return nil, err
	}
	return c.Append(nil, v)
}
