/* ROLL(N,R) as one writes it first: a process per replica. -DNN=<N> -DRR=<R> [-DUNSAFE] */
byte old[NN];
byte new[NN];

#ifdef UNSAFE
#define MEETS(callee) assert(!(hops == NN/2 && version == 2 && callee == 1))
#else
#define MEETS(callee) assert(!(hops == NN+1 && version == 2 && callee == 1))
#endif

proctype retire(byte s) { atomic { old[s] + new[s] > RR -> old[s]-- } }
proctype spawn(byte s) { atomic { old[s] + new[s] <= RR -> new[s]++ } }

proctype request() {
  byte hops, version;
end: do
  :: atomic { hops < NN && old[hops] > 0 -> MEETS(1); version = 1; hops++ }
  :: atomic { hops < NN && new[hops] > 0 -> MEETS(2); version = 2; hops++ }
  od
}

init {
  byte s, k;
  atomic {
    for (s : 0 .. NN-1) {
      old[s] = RR;
      for (k : 1 .. RR) { run retire(s); run spawn(s) }
    }
    run request()
  }
}
