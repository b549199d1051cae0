// Package machine says what this machine is and what this process may use of it, for limits, reports and --json.
//
//   - [ProcessCPU] is the CPU time that this process has used.
//   - [Memory] is how much memory it may use, and why; par.Cores answers the same question for cores.
//   - [Describe] names the machine, so that a measured number can be judged later.
//   - [StartLoad] measures what other processes do meanwhile, so that a disturbed measurement is known as such.
//   - [ReadTopology] and [ReadGPUs] say how the machine is built, and [MeasureBandwidth] how fast its memory is.
//   - [CPUs] is the affinity mask of this process, and [OnCPUs] starts something with a narrower one.
//
// All is read from the operating system; only OnCPUs sets something, for a thread of its own. What a system does not tell is zero or empty, never guessed.
//
// # Limits
//
// Linux is known best. macOS and Windows tell physical memory, the processor and CPU time; other systems only CPU time,
// where they have getrusage. Topology, GPUs and the affinity mask are read on Linux only. A cgroup's limit is found only as far up as its tree is mounted. Facts other than CPU
// times are found once and kept: a limit that is changed while the process runs is not noticed.
package machine
