package local

import (
	"fmt"
	"path/filepath"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/link"
)

// guest is the start words of a runner: the worker that it runs calls for, and its cluster.
type guest struct {
	Worker    string
	Scheduler string // address
	Folder    string // for sockets
	Identity  []byte
}

// Guest returns the cluster for whose worker this process runs calls, from its start words. To the cluster it is one more process of its
// program, so it connects as that.
func Guest(words []byte) (Remote, error) {
	g, err := codec.Decode[guest](words)
	if err != nil {
		return nil, fmt.Errorf("the start words of this process: %w", err)
	}
	id, err := link.ParseIdentity(g.Identity)
	if err != nil {
		return nil, fmt.Errorf("the credentials of this process: %w", err)
	}
	r := &remote{file: filepath.Join(g.Folder, ClusterFile), address: g.Scheduler, folder: g.Folder, identity: id, guest: true}
	if f, err := readFile(r.file); err == nil { // of a cluster that has ended it does not matter
		r.lasting = f.Patience > 0
	}
	return r, nil
}
