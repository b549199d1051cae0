// Package machine says what this machine is and what this process may use of it, for limits, reports and --json.
//
//   - [ProcessCPU] is the CPU time that this process has used.
//   - [Memory] is how much memory it may use, and why; par.Cores answers the same question for cores.
//   - [Describe] names the machine, so that a measured number can be judged later.
//   - [StartLoad] measures what other processes do meanwhile, so that a disturbed measurement is known as such.
//
// All is read from the operating system; nothing is set. What a system does not tell is zero or empty, never guessed.
//
// # Limits
//
// Linux is known best. macOS and Windows tell physical memory, the processor and CPU time; other systems only CPU time,
// where they have getrusage. A cgroup's limit is found only as far up as its tree is mounted. Facts other than CPU
// times are found once and kept: a limit that is changed while the process runs is not noticed.
package machine
