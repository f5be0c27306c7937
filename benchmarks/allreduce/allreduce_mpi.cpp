//===- allreduce_mpi.cpp - Open MPI's MPI_Allreduce, size by size ---------===//

#include "timing.h"
#include <mpi.h>

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (size_t bytes = timing::kSmallest; bytes <= timing::kLargest;
       bytes *= 4) {
    std::vector<float> source(bytes / sizeof(float), 1.0f);
    std::vector<float> result(source.size());
    timing::Times own = timing::measure(
        source.data(), result.data(), bytes, ranks,
        [&] {
          MPI_Allreduce(source.data(), result.data(),
                        static_cast<int>(source.size()), MPI_FLOAT, MPI_SUM,
                        MPI_COMM_WORLD);
        },
        [] { MPI_Barrier(MPI_COMM_WORLD); });
    if (own.empty())
      MPI_Abort(MPI_COMM_WORLD, 1);
    int count = static_cast<int>(own.size());
    timing::Times joined(own.size() * static_cast<size_t>(ranks));
    MPI_Gather(own.data(), count, MPI_DOUBLE, joined.data(), count, MPI_DOUBLE,
               0, MPI_COMM_WORLD);
    std::vector<timing::Times> all;
    for (int peer = 0; peer < ranks; ++peer)
      all.emplace_back(joined.begin() + peer * count,
                       joined.begin() + (peer + 1) * count);
    if (rank == 0)
      timing::print(bytes, timing::median(all));
  }
  MPI_Finalize();
}
