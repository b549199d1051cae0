package block

import "context"

// Lost reports whether the block has no value any more.
func (b *Block) Lost() bool {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	return b.lost != nil
}

// Restore gives a lost boxed block its value back, which somebody has made again and must not be changed from then on. Whoever has a
// reference finds it as it was. Nothing happens if the block is not lost, or not any more. It waits for room as [Store.Box] does.
func (b *Block) Restore(ctx context.Context, v any) error {
	s := b.store
	s.mu.Lock()
	if b.lost == nil || s.closed || b.refs == 0 {
		err := b.usable()
		s.mu.Unlock()
		return err
	}
	b.lost = nil
	b.here, b.value, b.valued = true, v, true
	s.usage.boxed += b.size
	s.stats.Restored++
	s.notePeak()
	s.idle(b)
	s.wake()
	bound := s.bound()
	s.mu.Unlock()
	if err := s.makeRoom(ctx); err != nil {
		return err // it has its value all the same
	}
	s.fit(bound)
	return nil
}
