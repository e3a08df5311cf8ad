# Writes frames.txt: the same frames as seen by another implementation (Debian: python3-scapy). Run with /usr/bin/python3.
from scapy.all import *
from scapy.contrib.geneve import GENEVE
a,b="fa:16:3e:00:00:0a","fa:16:3e:00:00:0b"
E=Ether(src=a,dst=b)
P=bytes(((i*7)+3)&255 for i in range(37))
v4=IP(src="10.0.0.5",dst="192.0.2.9",ttl=64,id=0,flags=0)
v6=IPv6(src="2001:db8::5",dst="2001:db8:1::9",hlim=64)
T=dict(sport=40000,dport=443,seq=1000,ack=77,window=501)
out={
"udp4":E/v4/UDP(sport=5000,dport=53)/P,
"udp6":E/v6/UDP(sport=5000,dport=53)/P,
"tcp4":E/v4/TCP(flags="SA",options=[("MSS",1460),("SAckOK",b""),("Timestamp",(1,2)),("NOP",None),("WScale",7)],**T),
"tcp6":E/v6/TCP(flags="PA",**T)/P,
"echo4":E/v4/ICMP(type=8,id=77,seq=1)/P,
"echo6":E/v6/ICMPv6EchoRequest(id=77,seq=1,data=P),
"arp":Ether(src=a,dst="ff:ff:ff:ff:ff:ff")/ARP(op=1,hwsrc=a,psrc="10.0.0.5",hwdst="00:00:00:00:00:00",pdst="192.0.2.9"),
"vlan":E/Dot1Q(vlan=101,prio=3)/v4/UDP(sport=5000,dport=53)/P,
"ns":Ether(src=a,dst="33:33:ff:00:00:09")/IPv6(src="2001:db8::5",dst="ff02::1:ff00:9",hlim=255)/ICMPv6ND_NS(tgt="2001:db8::9")/ICMPv6NDOptSrcLLAddr(lladdr=a),
"na":Ether(src=b,dst=a)/IPv6(src="2001:db8::9",dst="2001:db8::5",hlim=255)/ICMPv6ND_NA(R=1,S=1,O=1,tgt="2001:db8::9")/ICMPv6NDOptDstLLAddr(lladdr=b),
"ra":Ether(src=b,dst="33:33:00:00:00:01")/IPv6(src="fe80::9",dst="ff02::1",hlim=255)/ICMPv6ND_RA(chlim=64,prf=0,M=1,O=1,routerlifetime=1800)/ICMPv6NDOptSrcLLAddr(lladdr=b)/ICMPv6NDOptMTU(mtu=1442)/ICMPv6NDOptPrefixInfo(prefixlen=64,L=1,A=1,validlifetime=86400,preferredlifetime=14400,prefix="2001:db8::"),
"toobig4":Ether(src=b,dst=a)/IP(src="10.0.0.1",dst="10.0.0.5",tos=0xC0,id=0,flags="DF",ttl=64)/ICMP(type=3,code=4,nexthopmtu=1442)/raw(v4/UDP(sport=5000,dport=53)/P),
"toobig6":Ether(src=b,dst=a)/IPv6(src="2001:db8::1",dst="2001:db8::5",hlim=64)/ICMPv6PacketTooBig(mtu=1422)/raw(v6/UDP(sport=5000,dport=53)/P),
"vxlan":VXLAN(vni=0xABCDEF,flags=0x08)/b"x",
"geneve":GENEVE(vni=0xABCDEF,proto=0x6558,critical=1,options=bytes.fromhex("0102800100030004"))/b"x",
"gre":GRE(key_present=1,key=0xABCDEF,proto=0x6558)/b"x",
"sctp4":E/v4/SCTP(sport=5000,dport=53)/SCTPChunkCookieAck(),
"sctp6":E/v6/SCTP(sport=5000,dport=53)/SCTPChunkCookieAck(),
"frag6":E/v6/IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0"*4)])/IPv6ExtHdrFragment(id=0x1234,offset=0,m=1,nh=17)/bytes(UDP(sport=5000,dport=53,len=100,chksum=1)/(b"z"*16)),
}
for k,p in out.items(): print(k, raw(p).hex())
