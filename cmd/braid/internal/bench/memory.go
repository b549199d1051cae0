package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/progress"
)

// memoryFlags say what the figures about memory are measured of.
type memoryFlags struct {
	*benchFlags
	scratch string
}

func (e *env) benchMemoryCommand(f *benchFlags) *cobra.Command {
	m := memoryFlags{benchFlags: f}
	cmd := &cobra.Command{
		Use:   "memory",
		Short: "Measure results that do not fit into memory",
		Long: `memory measures, in a few minutes, what it costs to keep four times as much as the memory limit allows:

  reduce_4x.seconds          2 GiB of numbers in blocks of 8 MiB are made and kept under a limit of 512 MiB, and then summed in two
                             computations one after the other, by functions that look at blocks where
                             they are; the floor is the disk's own speed: as many plain files of the same size are written one
                             after the other, and read twice
  reduce_4x.of_disk          the disk's seconds over those of the reduction: how much of the disk's own speed it has
  reduce_4x.peak_over_limit  the most memory that the process had meanwhile, shared pages included, over the limit; it is
                             looked at every 4 ms. Of several processes pages are shared out, and a twentieth of the
                             time is used for looking
  reduce_4x.uncached.*       the same with files that are synced (fsync) and dropped from the system's cache before each sum,
                             which counts, on both sides; two runs
  reduce_4x_arrays.*         the same as the first with the numbers as an array that is persisted, whose chunks are the blocks
  reduce_4x.processes2.*     the same as the first with two worker processes, which have half of the limit each, and the client
                             beside them
  spill.write.gbs            blocks of 8 MiB on their way to files; the floor writes plain files
  block.mapped.us            from Submit to the end of Get of a call on one worker process that reads the first byte of a block of
                             1 GiB on another one, which it maps; the floor takes 8 bytes that its own worker has
  block.mapped.first.us      the same for the first who maps the block: until then it is a slice in the heap of its worker, which
                             copies it to where it can be mapped
  arena.first_touch_ratio    time to write a block into fresh memory over that in memory that was used before

Nothing else is synced, so files are in the system's cache as far as that has room: 2 GiB are less than most systems keep before
they write. Each reduction runs three times unless something else is said, and as many plain files are written and removed before,
because memory that was not used for long is slower on virtual machines, and the first run alone would pay for it. With --quick the
limit is 64 MiB and each reduction runs once. The notes say what was used. The command fails if less than three times the limit was
written.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			scratch, why, err := local.FindScratch(1<<30, m.scratch)
			if err != nil {
				return console.Usage(err.Error(), "name a folder on a disk with room for three gigabytes")
			}
			if scratch == "" {
				return fmt.Errorf("braid bench memory: there is no folder for files: %s", why)
			}
			m.scratch = scratch
			return e.bench(cmd.Context(), "memory", m.figures())
		},
	}
	cmd.Flags().StringVar(&m.scratch, "scratch", "", "the `folder` for files; else that of BRAID_SCRATCH, or the system's for temporary files")
	return cmd
}

func (m *memoryFlags) figures() []figure {
	r := reduction{Limit: int64(m.size(512<<20, 64<<20)), Block: int64(m.size(8<<20, 1<<20)), Slots: m.slots, Scratch: m.scratch, Times: m.size(3, 1)}
	cold := r
	cold.Uncached, cold.Times = true, m.size(2, 1)
	arrays := r
	arrays.Arrays = true
	far := r
	far.Processes, far.Slots = benchWorkerCount, 1
	return []figure{
		r.figure("reduce_4x"),
		cold.figure("reduce_4x.uncached"),
		arrays.figure("reduce_4x_arrays"),
		far.figure("reduce_4x.processes2"),
		writeFigure(m.scratch, int64(m.size(512<<20, 32<<20)), int64(m.size(8<<20, 1<<20))),
		mappedFigure(m.scratch, int64(m.size(1<<30, 16<<20))),
		touchFigure(int64(m.size(256<<20, 16<<20))),
	}
}

// writeFigure is the rate at which blocks leave memory. The floor writes plain files of the same sizes.
func writeFigure(scratch string, total, size int64) figure {
	return figure{
		name: "spill.write", cases: []metric{{"spill.write.gbs", "GB/s"}}, warm: true, of: progress.Bytes(total) + " in blocks of " + progress.Bytes(size),
		measure: func(ctx context.Context) (_ []float64, err error) {
			s, err := block.Open(block.Options{Limit: 8 * size, Scratch: scratch})
			if err != nil {
				return nil, err
			}
			defer func() {
				if e := s.Close(); err == nil {
					err = e
				}
			}()
			start := time.Now()
			for range total / size {
				b, err := s.Buffer(ctx, size, nil)
				if err != nil {
					return nil, err
				}
				fillBytes(b.Bytes())
				b.Seal()
			}
			return []float64{float64(s.Stats().SpilledBytes) / time.Since(start).Seconds() / 1e9}, nil
		},
		floor: func(ctx context.Context) ([]float64, error) {
			files, err := openPlainFiles(scratch)
			if err != nil {
				return nil, err
			}
			defer files.remove()
			data := make([]byte, size)
			start := time.Now()
			for n := range total / size {
				fillBytes(data)
				if err := files.write(ctx, n, data); err != nil {
					return nil, err
				}
			}
			return []float64{float64(total) / time.Since(start).Seconds() / 1e9}, nil
		},
	}
}

// touchFigure compares fresh memory of the arena with memory that was used before.
func touchFigure(size int64) figure {
	return figure{
		name: "arena.first_touch", cases: []metric{{"arena.first_touch_ratio", ""}}, warm: true, of: progress.Bytes(size),
		measure: func(ctx context.Context) ([]float64, error) {
			s, err := block.Open(block.Options{Limit: 4 * size})
			if err != nil {
				return nil, err
			}
			defer s.Close()
			var took [2]time.Duration
			for k := range took {
				b, err := s.Buffer(ctx, size, nil)
				if err != nil {
					return nil, err
				}
				start := time.Now()
				fillBytes(b.Bytes())
				took[k] = time.Since(start)
				b.Discard()
			}
			return []float64{took[0].Seconds() / took[1].Seconds()}, nil
		},
	}
}

// fillBytes writes all of data.
func fillBytes(data []byte) {
	for k := range data {
		data[k] = byte(k >> 8)
	}
}
