// libtorch's threads and the port of a server are shared by all tests of the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
