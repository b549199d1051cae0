package coord

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"
)

// Limits of what has a name.
const (
	maxName   = 200       // bytes of a name
	maxValue  = 256 << 10 // bytes of a value: it says where a result is, it is not the result
	maxStored = maxValue + 1
)

// Names are values with names, which outlive whoever gave them.
type Names struct{ c *Cluster }

// Named is what a name stands for.
type Named struct {
	Name     string
	Value    []byte
	Revision uint64 // goes up with every change of any name
	Deleted  bool   // only from Watch
}

// Names returns the cluster's names.
func (c *Cluster) Names() Names { return Names{c} }

// Put gives a value a name, in place of the one that has it.
func (n Names) Put(ctx context.Context, name string, value []byte) (revision uint64, err error) {
	return n.put(ctx, name, value, n.c.names.Put)
}

// Create gives a value a name that nothing has yet. The error matches ErrHeld if something has it.
func (n Names) Create(ctx context.Context, name string, value []byte) (revision uint64, err error) {
	return n.put(ctx, name, value, func(ctx context.Context, key string, value []byte) (uint64, error) {
		r, err := n.c.names.Create(ctx, key, value)
		if errors.Is(err, jetstream.ErrKeyExists) {
			err = fmt.Errorf("the name has a value: %w", ErrHeld)
		}
		return r, err
	})
}

// Update changes a value that has not changed since a revision of it. The error matches ErrHeld if it has.
func (n Names) Update(ctx context.Context, name string, value []byte, since uint64) (revision uint64, err error) {
	return n.put(ctx, name, value, func(ctx context.Context, key string, value []byte) (uint64, error) {
		r, err := n.c.names.Update(ctx, key, value, since)
		if code(err) == codeWrongSequence {
			err = fmt.Errorf("the value has changed since revision %d: %w", since, ErrHeld)
		}
		return r, err
	})
}

func (n Names) put(ctx context.Context, name string, value []byte, put func(context.Context, string, []byte) (uint64, error)) (uint64, error) {
	key, err := n.key(name)
	if err != nil {
		return 0, err
	}
	if len(value) > maxValue {
		return 0, fmt.Errorf("coord: cluster %s: name %q: the value has %d bytes; at most %d can be kept", n.c.name, name, len(value), maxValue)
	}
	ctx, cancel := n.c.question(ctx)
	defer cancel()
	stored := append(append(make([]byte, 0, len(value)+1), Version), value...)
	revision, err := put(ctx, key, stored)
	if err != nil {
		return 0, n.fail(name, err)
	}
	return revision, nil
}

// Get returns what a name stands for. The error matches ErrNoName if that is nothing.
func (n Names) Get(ctx context.Context, name string) (Named, error) {
	key, err := n.key(name)
	if err != nil {
		return Named{}, err
	}
	ctx, cancel := n.c.question(ctx)
	defer cancel()
	e, err := n.c.names.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = ErrNoName
	}
	if err != nil {
		return Named{}, n.fail(name, err)
	}
	return n.read(e)
}

// Delete takes a name away. It is no error if nothing has it.
func (n Names) Delete(ctx context.Context, name string) error {
	key, err := n.key(name)
	if err != nil {
		return err
	}
	ctx, cancel := n.c.question(ctx)
	defer cancel()
	if err := n.c.names.Purge(ctx, key); err != nil {
		return n.fail(name, err)
	}
	return nil
}

// All returns all names that stand for something, in no order.
func (n Names) All(ctx context.Context) iter.Seq2[Named, error] {
	return func(yield func(Named, error) bool) {
		n.watch(ctx, func() bool { return false }, yield)
	}
}

// Watch returns all names that stand for something, and then every change, until the context ends. Of several changes of one name, only the
// last may be seen.
func (n Names) Watch(ctx context.Context) iter.Seq2[Named, error] {
	return func(yield func(Named, error) bool) {
		n.watch(ctx, func() bool { return true }, yield)
	}
}

// watch yields what is there, asks whether to go on, and then yields changes.
func (n Names) watch(ctx context.Context, goOn func() bool, yield func(Named, error) bool) {
	w, err := n.c.names.WatchAll(ctx)
	if err != nil {
		yield(Named{}, n.c.fail("its names cannot be watched", err))
		return
	}
	defer func() { _ = w.Stop() }()
	changes := false
	for {
		err := ErrClosed
		select {
		case e, ok := <-w.Updates():
			switch {
			case ok && e == nil:
				if changes = true; !goOn() {
					return
				}
				continue
			case ok && !changes && e.Operation() != jetstream.KeyValuePut:
				continue
			case ok:
				x, err := n.read(e)
				if !yield(x, err) || err != nil {
					return
				}
				continue
			}
		case <-ctx.Done():
		case <-n.c.life.Done():
		}
		if ctx.Err() != nil { // which also ends the watcher, and may be seen there first
			err = ctx.Err()
		}
		yield(Named{}, n.c.fail("its names cannot be watched any more", err))
		return
	}
}

// read returns an entry as what it says.
func (n Names) read(e jetstream.KeyValueEntry) (Named, error) {
	name, ok := nameOf(e.Key())
	if !ok {
		return Named{}, n.fail(e.Key(), fmt.Errorf("%w: no name is written like that", ErrDamaged))
	}
	x := Named{Name: name, Revision: e.Revision(), Deleted: e.Operation() != jetstream.KeyValuePut}
	if x.Deleted {
		return x, nil
	}
	v := e.Value()
	if len(v) == 0 || v[0] != Version {
		return Named{}, n.fail(name, fmt.Errorf("the value: %w", ErrVersion))
	}
	x.Value = v[1:]
	return x, nil
}

func (n Names) fail(name string, err error) error {
	return n.c.fail(fmt.Sprintf("name %q", name), err)
}

func (n Names) key(name string) (string, error) {
	if name == "" || len(name) > maxName {
		return "", fmt.Errorf("coord: cluster %s: name %q: a name has 1 to %d bytes", n.c.name, name, maxName)
	}
	return keyOf(name), nil
}

const hexDigits = "0123456789ABCDEF"

// keyOf writes a name in the letters that keys may have: those that a key may not have are "=" and two digits.
func keyOf(name string) string {
	var key []byte
	for _, b := range []byte(name) {
		if plainByte(b) {
			key = append(key, b)
		} else {
			key = append(key, '=', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	return string(key)
}

// nameOf reads what keyOf wrote.
func nameOf(key string) (string, bool) {
	var name []byte
	for k := 0; k < len(key); k++ {
		b := key[k]
		if b == '=' {
			if k+2 >= len(key) {
				return "", false
			}
			hi, lo := hexValue(key[k+1]), hexValue(key[k+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			b = byte(hi<<4 | lo)
			k += 2
		}
		name = append(name, b)
	}
	return string(name), string(name) != "" && keyOf(string(name)) == key
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
