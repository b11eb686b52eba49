/* ROLL(N,R) by an expert: a counter per version, one process per service, one request.
   -DNN=<N> -DRR=<R> [-DUNSAFE]: the service in the middle is called by a new caller while it is old. */
byte old[NN] = RR;
byte new[NN];
byte hops, version; /* of the request: hops done, version of the last instance that it is on */

active [NN] proctype service() {
end: do
  :: d_step { new[_pid] < RR && old[_pid] + new[_pid] <= RR -> new[_pid]++ }
  :: d_step { old[_pid] > 0 && old[_pid] + new[_pid] > RR -> old[_pid]-- }
  od
}

#ifdef UNSAFE
#define MEETS(callee) assert(!(hops == NN/2 && version == 2 && callee == 1))
#else
#define MEETS(callee) assert(!(hops == NN+1 && version == 2 && callee == 1))
#endif

active proctype request() {
end: do
  :: d_step { hops < NN && old[hops] > 0 -> MEETS(1); version = 1; hops++ }
  :: d_step { hops < NN && new[hops] > 0 -> MEETS(2); version = 2; hops++ }
  od
}
