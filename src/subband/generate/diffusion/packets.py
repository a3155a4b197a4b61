from torch import Tensor
def to_packets(x, level=1):
    n,c,h,w=x.shape
    for _ in range(level):
        a,b,cc,d=x[...,::2,::2],x[...,::2,1::2],x[...,1::2,::2],x[...,1::2,1::2]
        import torch
        x=torch.cat([(a+b+cc+d)/2,(a-b+cc-d)/2,(a+b-cc-d)/2,(a-b-cc+d)/2],1)
    return x
def from_packets(x, level=1):
    import torch
    for _ in range(level):
        s,h,v,d=x.chunk(4,1)
        n,c,hh,w=s.shape
        y=torch.stack([(s+h+v+d)/2,(s-h+v-d)/2,(s+h-v-d)/2,(s-h-v+d)/2],2)
        x=torch.nn.functional.pixel_shuffle(y.reshape(n,4*c,hh,w),2)
    return x
