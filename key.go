package braid

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"reflect"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// digest identifies the work behind a key: the function, its arguments, and theirs.
type digest [sha256.Size]byte

// hashing makes a digest of parts.
type hashing struct{ h hash.Hash }

func newHashing() hashing { return hashing{sha256.New()} }

// part adds a part of a kind that the tag says.
func (w hashing) part(tag byte, data []byte) {
	var head [9]byte
	head[0] = tag
	binary.LittleEndian.PutUint64(head[1:], uint64(len(data)))
	w.h.Write(head[:])
	w.h.Write(data)
}

func (w hashing) sum() digest { return digest(w.h.Sum(nil)) }

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
	b.lockKeys()
	k := b.keys
	sum, err := k.digestOf(d)
	if err != nil {
		b.err = b.wrong(d, fmt.Errorf("key %q: %w", key, err))
		return true
	}
	held, ok := b.client.held(key)
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

// held returns what is held under a key. A result that was released, or a task that failed or was cancelled, holds the
// key no longer. Called with keysMu held.
func (c *Client) held(key string) (keyed, bool) {
	k, ok := c.keys[key]
	if ok && k.gone() {
		delete(c.keys, key)
		ok = false
	}
	return k, ok
}

func (k keyed) gone() bool {
	r, i := k.place.run, k.place.index
	if r.Released(i) {
		return true
	}
	_, failure, _ := r.Outcome(i)
	return failure != nil
}

// heldKey reports whether the result of a keyed call is held already, so that nothing it takes need be added.
func (b *builder) heldKey(d *call) bool {
	if b.client == nil || d.f == nil || d.with == nil || d.with.key == "" {
		return false
	}
	b.lockKeys()
	sum, err := b.keys.digestOf(d)
	if err != nil {
		return false // append says why
	}
	held, ok := b.client.held(d.with.key)
	if !ok || held.digest != sum {
		return false
	}
	b.keys.found[d], d.build = held.place, b.id
	return true
}

func (b *builder) lockKeys() {
	if b.keys == nil {
		b.client.keysMu.Lock()
		b.keys = &keys{digests: make(map[*call]digest), found: make(map[*call]place)}
	}
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
	if len(c.keys) > 2*c.keysSwept+64 {
		maps.DeleteFunc(c.keys, func(_ string, k keyed) bool { return k.gone() })
		c.keysSwept = len(c.keys)
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
	if d.f == nil {
		return digest{}, fmt.Errorf("the call is the zero value: make calls with the Call method of a registered function")
	}
	w := newHashing()
	w.part('f', []byte(d.f.name))
	w.part('s', []byte(d.f.signature))
	for n, a := range d.arguments() {
		if err := k.digestArgument(a, w.part); err != nil {
			return digest{}, fmt.Errorf("argument %d: %w", n+1, err)
		}
	}
	sum := w.sum()
	k.digests[d] = sum
	return sum, nil
}

func (k *keys) digestArgument(a argument, part func(byte, []byte)) error {
	if missing(a) {
		return fmt.Errorf("it is nil")
	}
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
