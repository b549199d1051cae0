// Package local starts clusters on this machine that belong to no client: several programs attach to one at once, each with
// Options.Address or the environment variable BRAID_ADDRESS, and leave it again.
//
//	func run(ctx context.Context) error {
//		cluster, err := local.Start(ctx, local.Options{Processes: 4})
//		if err != nil {
//			return err
//		}
//		defer cluster.Close()
//		c, err := braid.Open(ctx, braid.Options{Address: cluster.Address()})
//		…
//	}
//
// The workers are processes of the program that starts the cluster, so that must be started with braid.Main, a test with
// braid.TestMain. A program with one client only needs no cluster of its own: Options.Processes does it all.
//
// # Programs of other builds
//
// A client of any other program built with the same version of braid may attach too, if it runs on the same machine as
// the same user and is started with braid.Main. It brings its executable along, and the workers run its functions in processes
// of that, which they start on demand and keep for a minute after the last call. So functions of one name may differ from
// build to build, and each client gets its own. What differs from tasks that run in the workers themselves: arguments and
// results are encoded for each call.
//
// # What ends when
//
// A cluster lives until it is closed, until somebody else ends it ("braid down", if it has a name), until it was idle for
// Options.IdleTimeout, or until its program ends in whatever way; Cluster.Wait waits for that. Its workers, and the processes they have started, end
// with it. A worker that dies is replaced, and what it ran runs elsewhere.
package local
