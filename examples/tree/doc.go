// Package tree adds numbers up by pairs: the results of tasks are the arguments of tasks.
//
// The sum of 1 … 2^k takes 2^k − 1 additions in k levels. Those of one level are independent of each other, and the whole
// tree is written down before anything runs. An addition is far too little for a task, so the time is that of the tasks
// themselves; the same tree pays where the pairs are tables to merge or matrices to multiply.
package tree
